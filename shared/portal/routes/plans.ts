import * as v from 'valibot'
import { type Plan, planById, plansFor } from '../../domain/plan'
import { type LineRef, linePath, mayHaveEsim, targetOf } from '../lines'
import { field, readPost } from '../post'
import { notFound } from '../refusal'
import { type Target, withPlan, withTarget } from '../session/session'
import type { FormState } from '../views'
import type { Visit } from '../visit'
import { type Route, signedIn } from './route'

const plansForm = v.object({ plan: field(100) })
const untouched: FormState = { values: {}, errors: {} }

/** What a plan is chosen for, and where. */
interface Choice {
  path: string
  /** Absent: a new eSIM. */
  target?: Target
}

/** `/portal/plans`: what is on offer, as a new eSIM, where the person is. */
export const plansRoute: Route = {
  path: '/portal/plans',
  GET: signedIn(async (visit) =>
    mayHaveEsim(visit) ? render(visit, { path: '/portal/plans' }, untouched, 200) : visit.redirect('/portal/options'),
  ),
  POST: signedIn(async (visit) => {
    const form = await readPost(visit, plansForm, '/portal/plans')
    return mayHaveEsim(visit) ? choose(visit, { path: '/portal/plans' }, form.plan) : visit.redirect('/portal/options')
  }),
}

/** `/portal/lines/{line}/plans`: the same plans for a SIM that the person has, or for the SIM card in the PC. */
export const linePlansRoute: Route = {
  path: '/portal/lines/:line/plans',
  GET: signedIn(async (visit, subscriberId) => render(visit, await choiceOf(visit, subscriberId), untouched, 200)),
  POST: signedIn(async (visit, subscriberId) => {
    const form = await readPost(visit, plansForm, linePath(visit.param('line')))
    return choose(visit, await choiceOf(visit, subscriberId), form.plan)
  }),
}

/** @throws {Refusal} 404, for strangers' SIMs as for unknown ones */
async function choiceOf(visit: Visit, subscriberId: string): Promise<Choice> {
  const line: LineRef = visit.param('line')
  const target = await targetOf(visit, subscriberId, line)
  if (target === undefined) throw notFound()
  return { path: linePath(line), target }
}

async function choose(visit: Visit, choice: Choice, planId: string): Promise<Response> {
  const plan = planById(plansOnOffer(visit), planId)
  if (!plan) return render(visit, choice, { values: {}, errors: { plan: 'plan' } }, 422)
  const { target, path: plansPath } = choice
  await visit.change((session) => withPlan(withTarget(session, target && { ...target, plansPath }), plan.id))
  const session = visit.session?.value
  const askDevice = target === undefined && session?.channel === 'browser' && session.device.eid === undefined
  return visit.redirect(askDevice ? '/portal/device' : '/portal/review')
}

/** By the region of the PC, else by the place where it is; everything for a browser, of which neither is known. */
export function plansOnOffer(visit: Visit): Plan[] {
  const device = visit.session?.value.device
  return plansFor(visit.portal.operator.plans, device?.market ?? device?.location)
}

function render(visit: Visit, { path, target }: Choice, form: FormState, status: number): Response {
  const selected = visit.session?.value.draft.planId
  const view = {
    frame: visit.frame(path, { canCancel: true }),
    plans: plansOnOffer(visit),
    form,
    ...(selected === undefined ? {} : { selected }),
    ...(target === undefined ? {} : { sim: { kind: target.kind, end: target.iccid.slice(-4) } }),
  }
  return visit.page(visit.portal.pages.plans(view), status)
}
