/** What Cosmos DB does to those who use it, below the adapter: a proxy that turns requests away, loses them, and shows the past. */
import type { Answer, Fate, UnreliableProxy } from '../support/unreliable-proxy'

/** A refusal as the service writes it. */
const refusal = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ code: `${status}`, message: 'Message: …' }),
})

/** By name, so that a test can say what it has met. Throttled, gone, unavailable, "retry with", too late; lost on either way. */
const fates: readonly (readonly [name: string, fate: Fate])[] = [
  ['429', refusal(429, { 'x-ms-retry-after-ms': '30' })],
  ['410', refusal(410, { 'x-ms-substatus': '1002' })],
  ['503', refusal(503)],
  ['449', refusal(449)],
  ['408', refusal(408)],
  ['lost request', 'lose-request'],
  ['lost answer', 'lose-answer'],
]

/**
 * Spoils requests until `end`.
 *
 * @param chance of each request; a tenth as many get no answer at all, which takes seconds
 * @param random from 0 to 1
 * @returns `met`: what it did
 */
export function troubleCosmos(proxy: UnreliableProxy, chance: number, random: () => number) {
  const met = new Set<string>()
  // As a replica that lags behind would show orders. Of an account with the consistency that the app asks for there is none: the past of
  // an order is what it copes with all the same.
  const past = new Map<string, Answer>()
  proxy.heard = ({ method, url }, answer) => {
    if (method !== 'GET' || !/\/colls\/orders\/docs\/./.test(url) || answer.status !== 200) return
    // Every third answer is remembered, so that there is a past worth showing.
    if (!past.has(url) || random() < 0.3) past.set(url, answer)
  }
  proxy.decide = ({ method, url }) => {
    const dice = random()
    if (dice < chance / 10) {
      met.add('silence')
      return 'silence'
    }
    const old = method === 'GET' ? past.get(url) : undefined
    if (old !== undefined && dice > 1 - chance) {
      met.add('the past')
      return old
    }
    const [name, fate] = (dice < chance ? fates[Math.floor(random() * fates.length)] : undefined) ?? ['', 'pass']
    if (name !== '') met.add(name)
    return fate
  }
  const end = () => {
    proxy.decide = () => 'pass'
    proxy.heard = undefined
  }
  return { met, end }
}

/** Everything that {@link troubleCosmos} does sooner or later. */
export const cosmosTroubles: readonly string[] = [...fates.map(([name]) => name), 'silence', 'the past']
