import * as v from 'valibot'
import { faultSchema } from './faults'
import type { Reply } from './http'
import type { World } from './world'

const stockItem = v.object({
  iccid: v.pipe(v.string(), v.regex(/^\d{19}[\dFf]?$/)),
  profileType: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  name: v.optional(v.string()),
})
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000))
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000))
const noticeSettings = v.strictObject({
  delayMs: v.exactOptional(milliseconds),
  duplicates: v.exactOptional(count),
  reorder: v.exactOptional(v.boolean()),
  drop: v.exactOptional(count),
  points: v.exactOptional(v.array(v.pipe(v.number(), v.integer()))),
  retryDelaysMs: v.exactOptional(v.pipe(v.array(milliseconds), v.maxLength(20))),
  pointAs: v.exactOptional(v.picklist(['number', 'string'])),
})

/** Validates a stock list, bare or as `{profiles: […]}`. */
export const stockSchema = v.union([
  v.array(stockItem),
  v.pipe(
    v.object({ profiles: v.array(stockItem) }),
    v.transform((body) => body.profiles),
  ),
])

function ok(body: unknown, status = 200): Reply {
  return { status, body }
}

function invalid(issues: readonly v.BaseIssue<unknown>[]): Reply {
  const [issue] = issues
  return ok(
    {
      error: {
        message: issue ? `${v.getDotPath(issue) ?? 'body'}: expected ${issue.expected ?? 'another value'}` : '',
      },
    },
    400,
  )
}

/** Checks the body and passes it on. */
function withBody<T>(
  schema: v.GenericSchema<unknown, T>,
  act: (input: T) => Reply,
): (world: World, body: unknown) => Reply {
  return (_world, body) => {
    const input = v.safeParse(schema, body)
    return input.success ? act(input.output) : invalid(input.issues)
  }
}

function profiles(world: World): Reply {
  return ok(
    world.registry.snapshot().profiles.map((profile) => ({
      ...profile,
      ...(profile.matchingId !== undefined && { activationCode: `1$${world.address}$${profile.matchingId}` }),
    })),
  )
}

/**
 * The control side: what tests, the Windows simulator and a curious engineer look at and turn.
 *
 * @returns `undefined` for a route that does not exist
 */
export function control(method: string, url: URL, body: unknown, world: World): Reply | undefined {
  switch (`${method} ${url.pathname.replace(/^\/control\//, '')}`) {
    case 'GET profiles':
      return profiles(world)
    case 'POST stock':
      return withBody(stockSchema, (items) => ok({ added: world.registry.add(items) }, 201))(world, body)
    case 'GET faults':
      return ok(world.faults.list())
    case 'POST faults':
      return withBody(faultSchema, (fault) => ok(world.faults.add(fault), 201))(world, body)
    case 'DELETE faults': {
      const id = url.searchParams.get('id')
      world.faults.remove(id === null ? undefined : Number(id))
      return { status: 204 }
    }
    case 'GET notices':
      return ok({ settings: world.notifier.settings, sent: world.notifier.sent })
    case 'POST notices':
      return withBody(noticeSettings, (settings) => ok(Object.assign(world.notifier.settings, settings)))(world, body)
    case 'GET calls':
      return ok(world.traffic.calls)
    case 'GET violations':
      return ok(world.traffic.violations)
    case 'POST reset':
      world.reset()
      return { status: 204 }
    case 'POST down':
    case 'POST up':
      world.down = url.pathname.endsWith('/down')
      return { status: 204 }
    default:
      return undefined
  }
}
