/** Compares all books after many journeys: orders, billing, SM-DP+, network, SIMs, stock, open index. */
import { expect } from 'vitest'
import type { Order } from '../../shared/domain/order/order'
import type { Sim } from '../../shared/domain/sim'
import type { OpenMarker } from '../../shared/fulfilment/open-index'
import type { StockRow } from '../../shared/fulfilment/stock'
import { documentsOf } from '../api/rows'
import type { Stack } from '../support/stack'
import { moneyByOrder, openLines, takenAtSmdp, violationsAtSmdp } from './controls'
import type { Ending } from './journey'

/**
 * @param wanted how each order is to have ended
 * @param stocked ICCIDs that were in stock before
 */
export async function expectRight(stack: Stack, wanted: ReadonlyMap<string, Ending>, stocked: number): Promise<void> {
  const { connectionString } = stack
  const orders = await documentsOf<Order>(connectionString, 'orders')
  // None lost, none too many.
  expect(orders.map(({ id }) => id).sort()).toEqual([...wanted.keys()].sort())
  const endingOf = ({ id }: Order): Ending => wanted.get(id) ?? 'leaves'
  const hasEsim = ({ stage }: Order) => stage.state === 'active' || stage.state === 'ready'

  const money = await moneyByOrder(stack)
  for (const order of orders) {
    const { state } = order.stage
    const what = `order ${order.id} that ${endingOf(order)}`
    const paid = money.get(order.id) ?? []
    switch (endingOf(order)) {
      case 'installs':
        expect([what, state]).toEqual([what, 'active'])
        break
      case 'cancels at once':
      case 'cancels when ready':
        expect([what, state]).toEqual([what, 'cancelled'])
        break
      case 'races':
        expect([what, state]).toEqual([what, state === 'active' ? 'active' : 'cancelled'])
        break
      case 'leaves':
        expect([what, state]).toEqual([what, 'ready'])
    }
    // Captured exactly when delivered; what was reserved for nothing is given back.
    if (state === 'active') expect([what, paid]).toEqual([what, ['authorised', 'captured']])
    else if (state === 'ready') expect([what, paid]).toEqual([what, ['authorised']])
    else expect([what, paid]).toEqual([what, paid.length === 0 ? [] : ['authorised', 'voided']])
  }
  const sum = (state: string) =>
    orders.filter(({ stage }) => stage.state === state).reduce((total, { plan }) => total + plan.price.amountMinor, 0)
  const books = (await (await fetch(`${stack.standinsUrl}/billing/ledger/balance`)).json()) as { currencies: object[] }
  expect(books.currencies).toEqual([
    expect.objectContaining({ capturedMinor: sum('active'), heldMinor: sum('ready'), differenceMinor: 0 }),
  ])

  // One live profile for each order that has one, and no other.
  const taken = await takenAtSmdp(stack)
  const live = orders.filter(hasEsim)
  const expected = live.map(({ stage, profile }) => {
    const state = stage.state === 'active' ? 'Installed' : 'Released'
    return `${profile?.iccid} ${profile?.matchingId} ${state}`
  })
  // A profile that no order has any more: its story and the orders that had it say what went wrong.
  const strays = taken.filter(({ iccid }) => !live.some(({ profile }) => profile?.iccid === iccid))
  const stories = strays.map(({ iccid, history }) => {
    const owners = orders.filter(({ retired }) => retired.some((profile) => profile.iccid === iccid))
    return { iccid, history, orders: owners.map(({ id, stage, log }) => ({ id, stage, log })) }
  })
  expect(stories).toEqual([])
  expect(taken.map(({ iccid, matchingId, state }) => `${iccid} ${matchingId} ${state}`).sort()).toEqual(expected.sort())
  expect(new Set(live.map(({ profile }) => profile?.iccid)).size).toBe(live.length)
  const lines = live.map(({ profile }) => String(profile?.iccid)).sort()
  expect((await openLines(stack)).sort()).toEqual(lines)
  const sims = await documentsOf<Sim>(connectionString, 'sims')
  expect(sims.map(({ iccid, orderId, grants }) => `${iccid} ${orderId} ${grants.length}`).sort()).toEqual(
    live.map(({ id, profile }) => `${profile?.iccid} ${id} 1`).sort(),
  )
  // An ICCID is free, or of one order that is not yet installed; those that were sold have left the stock.
  const rows = await documentsOf<StockRow>(connectionString, 'stock')
  const sold = orders.filter(({ stage }) => stage.state === 'active').length
  expect(rows).toHaveLength(stocked - sold)
  expect(
    rows.filter(({ state }) => state !== 'free').map(({ iccid, state, orderId }) => [iccid, state, orderId]),
  ).toEqual(
    expect.arrayContaining(
      live.filter(({ stage }) => stage.state === 'ready').map(({ id, profile }) => [profile?.iccid, 'claimed', id]),
    ),
  )
  expect(rows.filter(({ state }) => state !== 'free')).toHaveLength(live.length - sold)
  // Looked after are only those that wait for their person.
  const markers = await documentsOf<OpenMarker>(connectionString, 'open')
  expect(markers.map(({ orderId }) => orderId).sort()).toEqual(
    orders
      .filter(({ closed }) => !closed)
      .map(({ id }) => id)
      .sort(),
  )
  expect(await violationsAtSmdp(stack)).toEqual([])
}
