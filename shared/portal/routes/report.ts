import * as v from 'valibot'
import { classifyDownloadError } from '../../domain/download-error'
import { parseIccid } from '../../domain/identifiers'
import type { Order } from '../../domain/order/order'
import { feed, ownOrder } from '../people-orders'
import { readReport } from '../post'
import { notFound } from '../refusal'
import type { Visit } from '../visit'
import type { Route } from './route'

const text = v.optional(v.pipe(v.string(), v.maxLength(500)))
/** Whatever the app passes comes through our script; the values are claims, and unknown ones do no harm. */
const report = v.object({
  event: v.pipe(v.string(), v.maxLength(40)),
  result: text,
  state: text,
  iccid: text,
  token: text,
  operationId: text,
  left: v.optional(v.boolean()),
})
type Report = v.InferOutput<typeof report>

const registrationStates = ['none', 'deregistered', 'searching', 'home', 'roaming', 'partner', 'denied']

/**
 * `POST /portal/orders/{id}/report`: what the script did and what the app's listeners said. Repeats and unknown events answer 204, too:
 * the script could do nothing about an error.
 */
export const reportRoute: Route = {
  path: '/portal/orders/:id/report',
  json: true,
  async POST(visit) {
    const body = await readReport(visit, report)
    const { subscriberId } = visit
    if (subscriberId === undefined) throw notFound()
    await note(visit, await ownOrder(visit, subscriberId), body)
    return visit.json(undefined)
  },
}

async function note(visit: Visit, order: Order, body: Report): Promise<void> {
  const iccid = body.iccid === undefined ? undefined : parseIccid(body.iccid)
  const named = iccid === undefined ? {} : { iccid }
  switch (body.event) {
    case 'activation': {
      const code = classifyDownloadError(body.result ?? '')
      visit.log.info('portal.activation_reported', { order: order.id, code })
      await feed(visit, order, { type: 'deviceResult', code, ...named })
      return
    }
    case 'registration': {
      const state = registrationStates.find((known) => known === body.state?.toLowerCase())
      visit.log.info('portal.registration_reported', { order: order.id, state: state ?? 'unknown' })
      if (state !== undefined) await feed(visit, order, { type: 'registration', state, ...named })
      return
    }
    case 'handed-over': {
      const { operationId, left = false } = body
      visit.log.info('portal.handed_over', { order: order.id, ...(left ? { left } : {}) })
      // The first generation of the app has taken the screen, which only the script could know: nobody stays signed in.
      if (left) return visit.end()
      if (operationId === undefined || operationId.length > 200) return
      await visit.change((session) => ({ ...session, operation: { orderId: order.id, id: operationId } }))
      return
    }
    case 'no-host':
      // Launched by the app, yet its objects are missing: this visit goes on as in any browser.
      visit.log.warn('portal.no_host', { order: order.id })
      await visit.change((session) => (session.channel === 'browser' ? session : { ...session, channel: 'browser' }))
      return
    default:
      visit.log.warn('portal.report_unknown', { order: order.id })
  }
}
