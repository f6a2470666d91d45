import { expect, test } from 'vitest'
import { emptySubscriber, LISTED_ORDERS, withLine, withOrder } from './subscriber'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()

test('orders are listed once, newest first, whatever the order in which they come', () => {
  let subscriber = emptySubscriber('s')
  for (const minute of [2, 1, 3, 1]) subscriber = withOrder(subscriber, { id: `o${minute}`, placedAt: at(minute) })
  expect(subscriber.orders.map(({ id }) => id)).toEqual(['o3', 'o2', 'o1'])
  expect(withOrder(subscriber, { id: 'o1', placedAt: at(9) })).toBe(subscriber)
})

test('only the newest fifty orders stay', () => {
  let subscriber = emptySubscriber('s')
  for (let minute = 0; minute < 60; minute += 1)
    subscriber = withOrder(subscriber, { id: `o${minute}`, placedAt: at(minute) })
  expect(subscriber.orders).toHaveLength(LISTED_ORDERS)
  expect(subscriber.orders.at(-1)?.id).toBe('o10')
})

test('a line is listed once', () => {
  const line = { iccid: '8999901000000000016', orderId: 'o1' }
  const subscriber = withLine(emptySubscriber('s'), line)
  expect(subscriber.lines).toEqual([line])
  expect(withLine(subscriber, line)).toBe(subscriber)
})
