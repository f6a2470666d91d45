/** Records on real stores: their partitions and ids are taken as they are, lists come in the order of time, and nothing comes twice. */
import { describe, expect, test } from 'vitest'
import { createOrderId } from '../../shared/domain/identifiers'
import { type Order, placeOrder } from '../../shared/domain/order/order'
import { createSim } from '../../shared/domain/sim'
import { enterSettled, readSettled } from '../../shared/fulfilment/purchase-records'
import { readUsage, takeUsage } from '../../shared/fulfilment/usage-records'
import { createCosmosDocumentStore } from '../../shared/platform/cosmos-document-store'
import type { DocumentStore } from '../../shared/platform/ports'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { useAzurite } from '../support/azurite'
import { useCosmos } from '../support/cosmos-server'
import { quiet } from '../support/order-world'
import { inlinePlan } from '../support/plans'
import { testIccid } from '../support/stack'

const [azurite, cosmos] = [await useAzurite(), await useCosmos()]
const day = Date.parse('2027-03-01T00:00:00.000Z')
const now = () => new Date(day + 12 * 3_600_000)
const stores: [string, DocumentStore][] = [
  [
    'Azure Tables',
    createTablesDocumentStore({
      connectionString: azurite.connectionString,
      tablePrefix: azurite.prefix,
      now,
      pageSize: 40,
    }),
  ],
  ['Cosmos DB', createCosmosDocumentStore({ ...cosmos, now, pageSize: 40 })],
]

function settled(n: number, closedAt: Date): Order {
  const order = placeOrder(
    {
      id: createOrderId(Uint8Array.from({ length: 16 }, (_, i) => (n * 37 + i * 11) & 0xff)),
      channel: 'browser',
      subscriberId: 'subscriber-1',
      device: {},
      plan: inlinePlan,
      instrument: { ref: 'account:1', onFile: true },
      account: 'existing',
    },
    new Date(day),
  )
  const since = closedAt.toISOString()
  return { ...order, stage: { state: 'active', since, registered: true }, closed: true, closedAt: since }
}

describe.each(stores)('on %s', (_, documents) => {
  test('the purchases of a day come in the order in which they were settled, and those of other days do not', async () => {
    const orders = Array.from({ length: 100 }, (__, n) => settled(n, new Date(day + ((n * 61) % 100) * 12_345)))
    const others = [settled(200, new Date(day - 1)), settled(201, new Date(day + 86_400_000))]
    for (const order of [...orders, ...others]) {
      await enterSettled(documents, { ...order, closed: false }, order)
      await enterSettled(documents, { ...order, closed: false }, order) // again, after a crash
      await documents.insert('orders', order.id, order.id, order)
    }
    const found: string[] = []
    for await (const { id } of readSettled(documents, new Date(day))) found.push(id)
    const inTime = orders.toSorted((a, b) => ((a.closedAt ?? '') < (b.closedAt ?? '') ? -1 : 1))
    expect(found).toEqual(inTime.map(({ id }) => id))
  })

  test('usage of an hour comes by time of use, each report once', async () => {
    const iccid = testIccid(5)
    await documents.insert('sims', iccid, iccid, createSim({ iccid, kind: 'esim' }))
    const parts = { documents, orders: { send: async () => undefined }, clock: now, log: quiet }
    const hour = day + 11 * 3_600_000
    const reports = Array.from({ length: 700 }, (__, n) => {
      return { id: `cdr-${n}`, iccid, at: new Date(hour + n * 1_000).toISOString(), bytes: n }
    })
    const stray = { id: '/?#\\%', iccid: testIccid(6), at: new Date(hour + 999_999).toISOString(), bytes: 1 }
    for (const batch of [reports, [...reports.slice(350), stray], reports]) await takeUsage(parts, batch, 400)
    const found: string[] = []
    for await (const { eventId } of readUsage(documents, new Date(hour))) found.push(eventId)
    expect(found).toHaveLength(701)
    expect(found.filter((id) => id !== stray.id)).toEqual(reports.map(({ id }) => id))
  })
})
