import { downloadErrorRule } from '../../domain/download-error'
import { imeiHasValidLuhn, maskIdentifier } from '../../domain/identifiers'
import { type Launch, parseLaunch } from '../../domain/launch'
import { entryPath } from '../entry'
import { Refusal } from '../refusal'
import { keptIccids, type LaunchFacts, relaunched, type SessionDevice } from '../session/session'
import type { Visit } from '../visit'
import type { Route } from './route'
import { renderSignIn } from './sign-in'

/** `GET /portal`: a launch by the Mobile Plans app, or somebody who came by. */
export const launchRoute: Route = {
  path: '/portal',
  async GET(visit) {
    const parsed = parseLaunch({ rawQuery: visit.url.search, headers: visit.request.headers })
    if (!parsed.ok) {
      visit.log.warn('portal.launch_refused', { problem: parsed.problem, field: parsed.field })
      throw new Refusal('bad-launch', 400, { subject: parsed.field })
    }
    return parsed.launch.isLaunch ? launched(visit, parsed.launch) : welcome(visit)
  },
}

async function welcome(visit: Visit): Promise<Response> {
  if (visit.subscriberId !== undefined) return visit.redirect('/portal/options')
  const { pages, operator } = visit.portal
  return visit.page(pages.welcome({ frame: visit.frame('/portal'), plans: operator.plans }))
}

async function launched(visit: Visit, launch: Launch): Promise<Response> {
  // A link on somebody else's page could name another device for the signed-in person's purchase: that launch begins anew.
  if (visit.request.headers.get('sec-fetch-site') === 'cross-site') visit.session = undefined
  const facts = factsOf(launch)
  if (visit.session) await visit.change((session) => relaunched(session, facts, visit.now))
  if (!visit.session) await visit.begin(relaunched(visit.freshSession('webview'), facts, visit.now))
  const log = facts.transactionId === undefined ? visit.log : visit.log.with({ transactionId: facts.transactionId })
  visit.log = log
  log.info('portal.launched', {
    sim: launch.sim,
    eid: launch.eid === undefined ? undefined : maskIdentifier(launch.eid),
    iccid: launch.iccid === undefined ? undefined : maskIdentifier(launch.iccid),
    iccids: launch.iccids.length || undefined,
    market: launch.market,
    warnings: launch.warnings.map(({ field, problem }) => `${field}:${problem}`).join(' ') || undefined,
    deviceErrors: launch.report.errors.map(({ code }) => code).join(' ') || undefined,
  })
  const { subscriberId } = visit
  if (subscriberId === undefined) return renderSignIn(visit, { values: {}, errors: {} }, 200, maskedDevice(launch))
  return visit.redirect(await entryPath(visit, subscriberId))
}

function factsOf(launch: Launch): LaunchFacts {
  const { eid, iccid, iccids, imei, market, location, report } = launch
  const device: SessionDevice = {
    ...(eid === undefined ? {} : { eid }),
    ...(iccid === undefined ? {} : { iccid }),
    ...(iccids.length === 0 ? {} : { iccids: iccids.slice(0, keptIccids) }),
    ...(imei === undefined || !imeiHasValidLuhn(imei) ? {} : { imei }),
    ...(market === undefined ? {} : { market }),
    ...(location === undefined ? {} : { location }),
  }
  // Only the error to act on goes on: the others are older, or the app has dealt with them.
  const error = report.errorToActOn
  const counts = error !== undefined && downloadErrorRule(error.code).action !== 'none'
  const failed = report.iccid === undefined ? {} : { iccid: report.iccid }
  // The app leaves the list out where the eSIM holds no profile of this operator.
  const profiles = launch.sim === 'esim' ? { profiles: launch.iccids } : {}
  const errors = counts ? [{ code: error.code, ...failed, ...profiles }] : []
  return { device, transactionId: launch.transactionId, errors }
}

/** Reassures without revealing: the last four digits. */
function maskedDevice(launch: Launch): { eid?: string; iccid?: string } {
  return {
    ...(launch.eid === undefined ? {} : { eid: maskIdentifier(launch.eid) }),
    ...(launch.iccid === undefined ? {} : { iccid: maskIdentifier(launch.iccid) }),
  }
}
