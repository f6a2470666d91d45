/** What one order of a plan that is ready at once asks of everything around it, counted: calls, not time, so that it is the same everywhere. */
import { createWorld, type World } from '../support/order-world'
import type { Figure } from './measure'

type Kind = 'store reads' | 'store writes' | 'wakes' | 'ES2+ calls' | 'billing calls' | 'network calls'
type Calls = Record<Kind, number>

/** Most calls from Buy to its answer, in which a person waits. */
const BUY: Calls = {
  'store reads': 7,
  'store writes': 16,
  wakes: 0,
  'ES2+ calls': 2,
  'billing calls': 1,
  'network calls': 1,
}

/** Most calls of the whole order: Buy, handover to Windows, two notices of the SM-DP+, registration. Sweeps are not part of it. */
const WHOLE: Calls = {
  'store reads': 15,
  'store writes': 28,
  wakes: 1,
  'ES2+ calls': 2,
  'billing calls': 2,
  'network calls': 1,
}

/** One order without any fault, on the real order process. */
export async function order(): Promise<Figure[]> {
  const world = await createWorld()
  const calls = count(world)
  const request = { budgetMs: 2_500 }
  const placed = await world.orders.place(world.purchase(), request)
  if (placed.stage.state !== 'ready') throw new Error(`Buy answered with an order that is ${placed.stage.state}`)
  const buy = calls()
  await world.orders.send(placed.id, { type: 'handover' }, request)
  await world.download(placed)
  const ended = await world.orders.send(placed.id, { type: 'registration', state: 'home' }, request)
  if (ended?.closed !== true) throw new Error(`the order is still open: ${ended?.stage.state}`)
  return [...compared('until Buy answers', buy, BUY), ...compared('in all', calls(), WHOLE)]
}

/** Starts to count; the result tells how many there were since. */
function count(world: World): () => Calls {
  let reads = 0
  let writes = 0
  const before = world.calls.length
  world.beforeStore = ({ name }) => {
    if (name === 'get' || name === 'listPartition') reads += 1
    else writes += 1
  }
  return () => {
    const made = world.calls.slice(before)
    const those = (fits: (call: string) => boolean) => made.filter(fits).length
    const es2Plus = ['downloadOrder', 'confirmOrder', 'releaseProfile', 'cancelOrder']
    return {
      'store reads': reads,
      'store writes': writes,
      wakes: those((call) => call === 'wake'),
      'ES2+ calls': those((call) => es2Plus.includes(call)),
      'billing calls': those((call) => call.startsWith('billing.')),
      'network calls': those((call) => call.startsWith('network.')),
    }
  }
}

function compared(when: string, calls: Calls, budget: Calls): Figure[] {
  return (Object.keys(budget) as Kind[]).map((kind) => {
    const [value, most] = [calls[kind], budget[kind]]
    // A budget of none is kept by none.
    const ratio = most === 0 ? 1 + value : value / most
    return { name: `order: ${kind} ${when}`, value, unit: 'calls', baseline: most, ratio, n: 1, limit: 1 }
  })
}
