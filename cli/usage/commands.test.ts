import { beforeEach, expect, test } from 'vitest'
import type { Iccid } from '../../shared/domain/identifiers'
import { addGrant, createSim, type Sim } from '../../shared/domain/sim'
import { bytesPerMB } from '../../shared/domain/usage'
import { applyUsage, type UsageReport } from '../../shared/fulfilment/usage'
import { createWorld, type World } from '../../test/support/order-world'
import type { Io } from '../io'
import { type UsageCommandParts, type UsageOptions, usageCommand } from './commands'

const DAY = 86_400_000
const known = '8999901000000010004' as Iccid
const stray = '8999901000000010012' as Iccid
let world: World
let parts: UsageCommandParts
let out: string
let err: string
let io: Io
beforeEach(async () => {
  world = await createWorld()
  out = ''
  err = ''
  io = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    errIsTerminal: false,
    readStdin: async () => '',
    env: {},
    folder: '/nowhere',
  }
  parts = {
    documents: world.documents,
    wakes: async () => ({
      horizonMs: Number.POSITIVE_INFINITY,
      async send({ orderId }, at) {
        world.wakes.push({ orderId, at: at.getTime() })
      },
    }),
    rules: world.rules,
    keepDays: 400,
    clock: () => new Date(world.now),
  }
  await putSim(known)
})

const report = (id: string, more: Partial<UsageReport> = {}): UsageReport => ({
  id,
  iccid: stray,
  at: new Date(world.now - 60_000).toISOString(),
  bytes: bytesPerMB,
  ...more,
})
const send = (...reports: UsageReport[]) => applyUsage({ ...parts, orders: world.orders, log: quietLog }, reports)
const quietLog = { info() {}, warn() {}, error() {}, with: () => quietLog }
async function putSim(iccid: Iccid): Promise<void> {
  const grant = {
    orderId: 'one',
    planId: 'p',
    kind: 'payg',
    dataMB: 100,
    durationMs: 30 * DAY,
    locations: ['*'],
    startsAt: new Date(world.now - DAY).toISOString(),
  } as const
  const sim = addGrant(createSim({ iccid, kind: 'esim' }), grant)
  await world.documents.insert('sims', iccid, iccid, sim)
}
const usage = (which: 'late' | 'unknown', options: Partial<UsageOptions> = {}) =>
  usageCommand(io, which, { apply: false, days: 31, json: false, ...options }, parts)
const usedBytes = async () => {
  const stored = await world.documents.get<Sim>('sims', stray, stray)
  return stored?.value.usage?.sums.reduce((sum, { bytes }) => sum + bytes, 0)
}

test('nothing to look at is good', async () => {
  expect(await usage('late')).toBe('good')
  expect(await usage('unknown')).toBe('good')
  expect([out, err]).toEqual(['', 'No late usage found.\nNo unknown usage found.\n'])
})

test('what could not be counted is listed, with its SIM masked for people and whole for machines', async () => {
  const late = report('old', { iccid: known, at: new Date(world.now - 8 * DAY).toISOString() })
  await send(late, report('stray'))
  expect(await usage('late')).toBe('findings')
  expect(out).toMatch(/^\S+Z {2}\S+ {2}1048576 bytes {2}old\n$/)
  expect(out).not.toContain(known)
  out = ''
  expect(await usage('unknown', { json: true })).toBe('findings')
  expect(JSON.parse(out)).toMatchObject([{ id: 'stray', iccid: stray, bytes: bytesPerMB }])
  out = ''
  expect(await usage('late', { days: 5 })).toBe('good')
})

test('unknown reports are counted once their SIM is known, each once, and leave the list', async () => {
  await send(report('a'), report('b'))
  expect(await usage('unknown', { apply: true })).toBe('findings')
  expect(err).toBe('2 not counted\n')
  await putSim(stray)
  await send(report('a')) // charging sends it again, and it is counted
  expect(await usage('unknown', { apply: true })).toBe('good')
  expect(await usedBytes()).toBe(2 * bytesPerMB)
  out = ''
  expect(await usage('unknown')).toBe('good')
  expect(out).toBe('')
})

test('one that has waited for more than seven days moves to the late ones', async () => {
  await send(report('a'))
  await putSim(stray)
  world.now += 8 * DAY
  out = ''
  expect(await usage('unknown', { apply: true, json: true })).toBe('findings')
  expect(JSON.parse(out)).toMatchObject([{ id: 'a', fate: 'late' }])
  expect(await usedBytes()).toBeUndefined()
  expect(await usage('unknown')).toBe('good')
  expect(await usage('late')).toBe('findings')
})

test('first usage found this way completes the order of the SIM', async () => {
  const order = await world.orders.place(world.purchase(), { budgetMs: 60_000 })
  await world.orders.send(order.id, { type: 'handover' })
  const iccid = order.profile?.iccid ?? stray
  const sim = await world.documents.get<Sim>('sims', iccid, iccid)
  await world.documents.delete('sims', iccid, iccid)
  await send(report('first', { iccid }))
  await world.documents.insert('sims', iccid, iccid, sim?.value ?? {})
  expect(await usage('unknown', { apply: true })).toBe('good')
  await world.runFor(60_000)
  expect((await world.order(order.id)).stage.state).toBe('active')
})

test('late ones cannot be applied', async () => {
  await expect(usage('late', { apply: true })).rejects.toMatchObject({ code: 'usage' })
})

test('what was settled otherwise is taken off the list by its id', async () => {
  await send(report('a'), report('b'), report('c'))
  expect(await usage('unknown', { remove: ['a', 'c', 'nobody'] })).toBe('findings')
  expect(err).toBe('2 removed, 1 not counted\n')
  out = ''
  expect(await usage('unknown', { json: true })).toBe('findings')
  expect(JSON.parse(out)).toMatchObject([{ id: 'b' }])
  expect(await usage('unknown', { remove: ['b'] })).toBe('good')
})
