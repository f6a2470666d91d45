/** What a browser test asks of the store and the ledger. */
import { expect } from 'vitest'
import type { Order } from '../../shared/domain/order/order'
import { eventually, type Stack } from '../support/stack'

/** The order bought last. */
export async function latestOrder(stack: Stack): Promise<Order> {
  const [order] = await stack.orders()
  if (order === undefined) throw new Error('no order')
  return order
}

/** Waits until the order bought last is in this state. */
export function orderIn(stack: Stack, state: string): Promise<Order> {
  return eventually(
    `the order to be ${state}`,
    async () => {
      const order = await latestOrder(stack)
      return order.stage.state === state ? order : undefined
    },
    40_000,
  )
}

/** What an order's money did, always the whole of it. */
export async function expectMoney(stack: Stack, orderId: string, kinds: string[]): Promise<void> {
  const entries = (await stack.ledger()).filter((entry) => entry.orderId === orderId)
  expect(entries.map(({ kind }) => kind)).toEqual(kinds)
  expect(new Set(entries.map(({ amountMinor }) => amountMinor)).size).toBe(1)
}
