/** One person's journey over HTTP, as stubborn as people are: whatever got no answer is asked again. */
import { randomBytes } from 'node:crypto'
import type { Order } from '../../shared/domain/order/order'
import { beginSession, signedIn } from '../../shared/portal/session/session'
import { createSessions } from '../../shared/portal/session/sessions'
import { Browser, type Reply } from '../api/browser'
import { eidNumber, launchPath } from '../api/purchase'
import { documentsOf } from '../api/rows'
import { eventually, type Stack } from '../support/stack'
import { installAsDevice } from './controls'

/**
 * How a journey ends: installed by the device; called off at once, or when the eSIM is ready; called off while the device downloads
 * (then the SM-DP+ decides); or the person never comes back.
 */
export type Ending = 'installs' | 'cancels at once' | 'cancels when ready' | 'races' | 'leaves'

export interface Journey {
  number: number
  subscriberId: string
  plan: string
  ending: Ending
  /** Buy is pressed twice. */
  doubleClick: boolean
}

const PATIENCE_MS = 150_000
/** So many requests at once wait for each other; none may wait for ever. */
const ANSWER_MS = 60_000

/**
 * A visit of somebody who has signed in. Signing in itself, whose password hash costs more than the rest of the journey, is left out;
 * everything after it is the portal's own.
 */
async function signedInVisit(stack: Stack, subscriberId: string): Promise<Browser> {
  const sessions = createSessions({ documents: stack.documents, randomBytes: (length) => randomBytes(length) })
  const now = new Date()
  const fresh = beginSession({ csrf: randomBytes(32).toString('base64url'), channel: 'webview' }, now)
  const person = { subscriberId, login: `${subscriberId}@example.net`, accountNew: false }
  const { id } = await sessions.open(signedIn(undefined, person, fresh, now))
  const browser = new Browser(stack.url)
  browser.cookies.set('__Host-session', id)
  return browser
}

/** Launches, chooses, reviews, buys, and then does what its ending says. Gives the id of the order. */
export async function travel(stack: Stack, watch: OrderWatch, journey: Journey): Promise<string> {
  const { number, subscriberId, plan, ending } = journey
  const eid = eidNumber(number)
  const person = await Person.signedIn(stack, subscriberId)
  const id = await person.buys(eid, plan, journey.doubleClick)
  if (ending === 'leaves') return id
  if (ending === 'cancels when ready') await watch.until(id, ({ stage }) => stage.state === 'ready')
  if (ending === 'cancels at once' || ending === 'cancels when ready') {
    await person.post(`/portal/orders/${id}/cancel`)
    return id
  }
  await watch.until(id, ({ stage, profile }) => stage.state === 'ready' && profile?.smdp === 'released')
  await person.takeOver(id)
  const { profile } = await watch.until(id, ({ handover }) => handover !== undefined)
  if (profile === undefined) throw new Error(`order ${id} was handed over without a profile`)
  if (ending === 'installs') {
    if (!(await installAsDevice(stack, profile.matchingId, eid))) throw new Error(`the download of ${id} was refused`)
    return id
  }
  // The hand-over ended the visit: whoever wants to call the order off signs in again.
  const again = await Person.signedIn(stack, subscriberId)
  await again.get(`/portal/orders/${id}`, 200)
  await Promise.all([installAsDevice(stack, profile.matchingId, eid), again.post(`/portal/orders/${id}/cancel`)])
  return id
}

/** Somebody who is signed in, and asks again whatever got no answer. */
export class Person {
  private constructor(
    private readonly stack: Stack,
    private readonly browser: Browser,
  ) {}

  static async signedIn(stack: Stack, subscriberId: string): Promise<Person> {
    return new Person(stack, await signedInVisit(stack, subscriberId))
  }

  get(path: string, status: number): Promise<Reply> {
    return insist(path, () => this.browser.send(path, { withinMs: ANSWER_MS }), [status])
  }

  post(path: string, fields: Record<string, string> = {}): Promise<Reply> {
    return insist(path, () => this.#postOnce(path, fields), [200, 303])
  }

  /** From the launch to the order's page. Gives the id of the order. */
  async buys(eid: string, plan: string, doubleClick = false): Promise<string> {
    await this.get(launchPath(eid), 303)
    await this.get('/portal/plans', 200)
    await this.post('/portal/plans', { plan })
    const { body } = await this.get('/portal/review', 200)
    const id = /name="order" value="([^"]+)"/.exec(body)?.[1] ?? ''
    const instrument = /name="instrument"[^>]*value="([^"]+)"/.exec(body)?.[1] ?? ''
    const buy = () => this.post('/portal/buy', { order: id, instrument, terms: 'yes' })
    const replies = await Promise.all(doubleClick ? [buy(), buy()] : [buy()])
    for (const { location } of replies)
      if (location !== `/portal/orders/${id}`) throw new Error(`Buy led to ${location}, not to order ${id}`)
    return id
  }

  /** Hands over to the Mobile Plans app. That ends the visit: whether it was recorded is what counts, not what was answered. */
  async takeOver(orderId: string): Promise<void> {
    const recorded = async () => {
      await this.#postOnce(`/portal/orders/${orderId}/handover`, {})
      const stored = await this.stack.documents.get<Order>('orders', orderId, orderId)
      return stored?.value.handover !== undefined
    }
    await eventually('the hand-over', recorded, PATIENCE_MS)
  }

  #postOnce(path: string, fields: Record<string, string>): Promise<Reply> {
    const body = String(new URLSearchParams({ csrf: this.browser.csrf, ...fields }))
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return this.browser.send(path, { method: 'POST', body, headers, withinMs: ANSWER_MS })
  }
}

/** Asks until one of these statuses is answered. What is neither that nor "try again later" is an error of the app. */
async function insist(what: string, ask: () => Promise<Reply>, statuses: number[]): Promise<Reply> {
  let refused: Error | undefined
  const reply = await eventually(
    what,
    async () => {
      const answer = await ask()
      if (statuses.includes(answer.status)) return answer
      if (answer.status >= 500) return false
      refused = new Error(`${what} was answered ${answer.status} ${answer.location}`)
      return answer
    },
    PATIENCE_MS,
  )
  if (refused !== undefined) throw refused
  return reply
}

/** Looks at all orders once for everybody who waits for one. */
export class OrderWatch {
  readonly #waiting = new Map<object, { id: string; wanted: (order: Order) => boolean; tell: (order: Order) => void }>()
  #latest = new Map<string, Order>()

  constructor(private readonly stack: Stack) {}

  get orders(): readonly Order[] {
    return [...this.#latest.values()]
  }

  /** Reads the orders anew and tells who waited for what it finds. */
  async look(): Promise<void> {
    const orders = await documentsOf<Order>(this.stack.connectionString, 'orders')
    this.#latest = new Map(orders.map((order) => [order.id, order]))
    for (const [key, { id, wanted, tell }] of this.#waiting) {
      const order = this.#latest.get(id)
      if (order === undefined || !wanted(order)) continue
      this.#waiting.delete(key)
      tell(order)
    }
  }

  /** Resolves at the first look that finds the order as wanted. */
  until(id: string, wanted: (order: Order) => boolean): Promise<Order> {
    return new Promise((tell) => {
      this.#waiting.set({}, { id, wanted, tell })
    })
  }
}
