/** Usage from the operator's charging: by `POST /v1/usage`, or as messages of the same form in the queue `usage`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { composition } from '../shared/composition'
import type { UsageAnswer } from '../shared/fulfilment/usage'
import { createLog } from '../shared/platform/log'
import { StoreUnavailableError } from '../shared/platform/ports'
import { queues } from '../shared/platform/resources'
import { serve } from './http'
import { readJsonPost } from './json-post'
import { registerQueue } from './queue-trigger'

/** A thousand reports are a quarter of it. */
const MAX_BODY_BYTES = 512 * 1024
/**
 * How long a message waits for a store that is away, in milliseconds, before it goes back to the queue: a delivery is used up each time,
 * and after the last one somebody would have to bring the message back by hand. Less than `functionTimeout`.
 */
const patienceMs = 180_000

const log = createLog()

/** The body of a request or message makes no batch. Says which, never what was in it. */
export class UsageMalformedError extends Error {
  readonly code = 'usage_malformed'
  constructor(detail: string) {
    super(`not a batch of usage reports: ${detail}`)
    this.name = 'UsageMalformedError'
  }
}

export function registerUsage(): void {
  serve('recordUsage', 'v1/usage', async (request) => {
    const read = await readJsonPost(request, { right: 'usage', maxBytes: MAX_BODY_BYTES, what: 'usage is sent' })
    if (!read.ok) return read.response
    const { parseUsageBatch } = await import('../shared/operator-api/usage-batch')
    const batch = parseUsageBatch(read.body, composition.clock())
    if (!batch.ok) {
      const { faults, count } = batch
      const message = `nothing was applied: ${inWords(count)}`
      return {
        status: 400,
        headers: { 'cache-control': 'no-store' },
        jsonBody: { error: { code: 'InvalidUsage', message, faults } },
      }
    }
    const { takeUsage } = await import('../shared/fulfilment/usage-records')
    const [parts, keepDays] = await Promise.all([composition.usageParts(), composition.usageRecordDays()])
    const answer = await takeUsage(parts, batch.reports, keepDays)
    log.info('usage', countsOf(answer))
    return { headers: { 'cache-control': 'no-store' }, jsonBody: answer }
  })

  registerQueue('applyUsage', queues.usage.name, async (message) => {
    const [{ parseUsageBatch }, { takeUsage }] = await Promise.all([
      import('../shared/operator-api/usage-batch'),
      import('../shared/fulfilment/usage-records'),
    ])
    const batch = parseUsageBatch(message, composition.clock())
    if (!batch.ok) {
      const [first] = batch.faults
      const place = first?.index === undefined ? [] : [`event ${first.index}`]
      const sentence = [...place, ...(first?.field === undefined ? [] : [first.field]), first?.message].join(' ')
      const detail = `${inWords(batch.count)}, first: ${sentence}`
      log.error('usage refused', { code: 'usage_malformed', detail })
      // Usage is money: it must not be dropped. The message ends in the poison queue or among the dead letters.
      throw new UsageMalformedError(detail)
    }
    const [parts, keepDays] = await Promise.all([composition.usageParts(), composition.usageRecordDays()])
    log.info('usage', countsOf(await patiently(() => takeUsage(parts, batch.reports, keepDays))))
  })
}

/** Repeats what the store's absence prevents; a batch may be applied again as it is. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs
  for (let pause = 500; ; pause = Math.min(pause * 2, 15_000)) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || performance.now() + pause > end) throw error
    }
    await sleep(pause)
  }
}

function inWords(faults: number): string {
  return faults === 1 ? '1 fault' : `${faults} faults`
}

function countsOf(answer: UsageAnswer): Record<string, number> {
  return Object.fromEntries(Object.entries(answer).map(([what, ids]) => [what, ids.length]))
}
