import * as v from 'valibot'
import { cellularIdLink, parseDeviceCallback } from '../../domain/device-callback'
import { parseDeviceEntry } from '../../domain/device-entry'
import { maskIdentifier } from '../../domain/identifiers'
import { field, readPost } from '../post'
import { answerDevice, type DeviceAnswer, requestDevice } from '../session/device-request'
import { placeOf, withDevice } from '../session/session'
import type { DeviceView, FormState } from '../views'
import type { Visit } from '../visit'
import { type Handler, type Route, signedIn } from './route'

const deviceForm = v.object({ eid: field(400), imei: field(400) })

const showDevice = signedIn(async (visit) => render(visit, { values: {}, errors: {} }, 200))

/** `/portal/device`: for which PC the eSIM is. `GET` with `state` is the return from Windows Settings. */
export const deviceRoute: Route = {
  path: '/portal/device',

  GET: (visit) => (visit.url.searchParams.has('state') ? receive(visit) : showDevice(visit)),

  POST: signedIn(async (visit) => {
    const form = await readPost(visit, deviceForm, '/portal/device')
    const entry = parseDeviceEntry(form, [])
    const problems = entry.ok ? entry.warnings : entry.problems
    if (problems.length > 0) {
      const errors = Object.fromEntries(problems.map((problem) => [problem.field, problem.field]))
      return render(visit, { values: { eid: form.eid, imei: form.imei }, errors }, 422)
    }
    // Left empty: what is known already counts, or the person buys for a PC whose numbers they do not have at hand.
    if (entry.ok && Object.keys(entry.identifiers).length > 0) {
      const { eid, imei } = entry.identifiers
      await visit.change((session) => {
        const place = placeOf(session.device)
        const known = eid === undefined ? session.device : { eid, ...place }
        return withDevice(session, { ...known, ...(imei === undefined ? {} : { imei }) })
      })
    }
    return visit.redirect('/portal/review')
  }),
}

/** `GET /portal/device/state`: whether the identifiers have come, for the page that waits. */
export const deviceStateRoute: Route = {
  path: '/portal/device/state',
  json: true,
  async GET(visit) {
    const device = visit.session?.value.device
    return visit.json({ known: device?.eid !== undefined || device?.imei !== undefined })
  },
}

/** Identifiers are in this URL: whatever it leads to, no page is shown under it in the browser that holds the session. */
const receive: Handler = async (visit) => {
  const parsed = parseDeviceCallback(visit.url.search)
  const callback = parsed.ok ? parsed.callback : undefined
  const { eid, imei, make, model } = callback ?? {}
  const answer: DeviceAnswer = {
    ...(eid === undefined ? {} : { eid }),
    ...(imei === undefined ? {} : { imei }),
    ...(make === undefined ? {} : { make }),
    ...(model === undefined ? {} : { model }),
  }
  const useful = eid !== undefined || imei !== undefined
  const state = useful ? callback?.state : undefined
  const session = state === undefined ? undefined : await answerDevice(visit.portal, state, answer)
  visit.log.info('portal.device_received', {
    ok: session !== undefined,
    eid: eid === undefined ? undefined : maskIdentifier(eid),
    unusable: callback?.unusable.join(' ') || undefined,
  })
  const here = visit.subscriberId !== undefined && (session === undefined || session.key === visit.session?.key)
  if (here) return visit.redirect('/portal/device')
  // Another browser, perhaps somebody else's visit: nothing of an account is shown.
  const { csrf: _, signedInAs: __, reference: ___, ...frame } = visit.frame('/portal')
  const ok = session !== undefined
  return visit.page(visit.portal.pages.deviceReceived({ frame, ok }), ok ? 200 : 400)
}

async function render(visit: Visit, form: FormState, status: number): Promise<Response> {
  const { portal, session } = visit
  if (!session) return visit.redirect('/portal/sign-in')
  const waiting = visit.request.method === 'GET' && session.value.deviceRequest !== undefined
  const request = await requestDevice(portal, session, visit.now)
  await visit.change((value) =>
    value.deviceRequest?.state === request.state ? value : { ...value, deviceRequest: request },
  )
  const view: DeviceView = {
    frame: visit.frame('/portal/device', { canCancel: true }),
    // Windows takes https only, whatever a laptop runs on.
    cellularIdLink: cellularIdLink({
      callbackUrl: `${portal.publicUrl.replace(/^http:/, 'https:')}/portal/device`,
      values: { state: request.state },
      ask: ['eid', 'imei', 'make', 'model'],
    }),
    form,
    waiting,
    ...knownOf(visit),
  }
  return visit.page(portal.pages.device(view), status)
}

function knownOf(visit: Visit): Pick<DeviceView, 'known'> {
  const { eid, imei, make, model } = visit.session?.value.device ?? {}
  if (eid === undefined && imei === undefined) return {}
  return {
    known: {
      ...(eid === undefined ? {} : { eid: maskIdentifier(eid) }),
      ...(imei === undefined ? {} : { imei: maskIdentifier(imei) }),
      ...(make === undefined ? {} : { make }),
      ...(model === undefined ? {} : { model }),
    },
  }
}
