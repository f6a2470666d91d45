import * as v from 'valibot'
import { type Plan, planById, plansFor } from '../../domain/plan'
import { field, readPost } from '../post'
import { withPlan } from '../session/session'
import type { FormState } from '../views'
import type { Visit } from '../visit'
import { type Route, signedIn } from './route'

const plansForm = v.object({ plan: field(100) })

/** `/portal/plans`: what is on offer where the person is. */
export const plansRoute: Route = {
  path: '/portal/plans',

  GET: signedIn(async (visit) => render(visit, { values: {}, errors: {} }, 200)),

  POST: signedIn(async (visit) => {
    const form = await readPost(visit, plansForm, '/portal/plans')
    const plan = planById(plansOnOffer(visit), form.plan)
    if (!plan) return render(visit, { values: {}, errors: { plan: 'plan' } }, 422)
    await visit.change((session) => withPlan(session, plan.id))
    const session = visit.session?.value
    const askDevice = session?.channel === 'browser' && session.device.eid === undefined
    return visit.redirect(askDevice ? '/portal/device' : '/portal/review')
  }),
}

/** By the region of the PC, else by the place where it is; everything for a browser, of which neither is known. */
export function plansOnOffer(visit: Visit): Plan[] {
  const device = visit.session?.value.device
  return plansFor(visit.portal.operator.plans, device?.market ?? device?.location)
}

function render(visit: Visit, form: FormState, status: number): Response {
  const selected = visit.session?.value.draft.planId
  const frame = visit.frame('/portal/plans', { canCancel: true })
  const view = { frame, plans: plansOnOffer(visit), form, ...(selected === undefined ? {} : { selected }) }
  return visit.page(visit.portal.pages.plans(view), status)
}
