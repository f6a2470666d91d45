import { afterEach, expect, test } from 'vitest'
import type { Iccid } from '../domain/identifiers'
import { createSim, type Sim } from '../domain/sim'
import { type DocumentStore, type Stored, StoreUnavailableError } from '../platform/ports'
import { createSimReader, type SimReaderOptions } from './sim-reader'

const iccid = '8999901000000000019' as Iccid
const sim = createSim({ iccid, kind: 'esim' })
const other = createSim({ iccid, kind: 'warm' })
type Answer = Promise<Stored<Sim> | undefined>
const found = (value: Sim): Answer => Promise.resolve({ partition: iccid, id: iccid, value, etag: 'x' })
const never = (): Answer => new Promise(() => undefined)
const down = (): Answer =>
  Promise.reject(new StoreUnavailableError('Azure Tables did not serve the call: ECONNREFUSED'))

const unhandled: unknown[] = []
const listen = (reason: unknown) => unhandled.push(reason)
process.on('unhandledRejection', listen)
afterEach(() => expect(unhandled).toEqual([]))

/** A reader whose store answers as told, and whose clock is set by hand. */
function world(options: Partial<SimReaderOptions> = {}) {
  const state = { answer: () => found(sim) as Answer, now: 0, asked: 0 }
  const get = () => {
    state.asked += 1
    return state.answer()
  }
  const documents = { get } as unknown as DocumentStore
  const reader = createSimReader({
    documents,
    clock: () => new Date(state.now),
    staleSeconds: 0,
    timeoutMs: 30,
    ...options,
  })
  return { state, read: () => reader.read(iccid) }
}

test('a reading is what the store says now', async () => {
  const { state, read } = world()
  expect(await read()).toEqual({ sim, ageSeconds: 0 })
  state.answer = () => Promise.resolve(undefined)
  expect(await read()).toEqual({ sim: undefined, ageSeconds: 0 })
})

test('a store that does not answer is given up, and its late answer or failure harms nobody', async () => {
  const { state, read } = world()
  const late: { resolve?: (value: undefined) => void; reject?: (error: Error) => void }[] = []
  state.answer = () =>
    new Promise((resolve, reject) => {
      late.push({ resolve, reject })
    })
  await expect(read()).rejects.toThrow('did not answer within 30 ms')
  await expect(read()).rejects.toThrow(StoreUnavailableError)
  late[0]?.resolve?.(undefined)
  late[1]?.reject?.(new StoreUnavailableError('timeout'))
  await new Promise((resolve) => setImmediate(resolve))
})

test('a store that is down is told at once', async () => {
  const { state, read } = world()
  state.answer = down
  await expect(read()).rejects.toThrow('ECONNREFUSED')
})

test('only so many wait for the store; the others are told at once', async () => {
  const { state, read } = world({ waiting: 3, timeoutMs: 20 })
  state.answer = never
  const all = await Promise.allSettled([read(), read(), read(), read(), read()])
  expect(all.map((it) => (it.status === 'rejected' ? String(it.reason.message) : ''))).toEqual([
    ...Array.from({ length: 3 }, () => 'the store did not answer within 20 ms'),
    ...Array.from({ length: 2 }, () => 'too many requests wait for the store already'),
  ])
  expect(state.asked).toBe(3)
})

test('by default nothing is kept; where it is wanted, a recent reading stands in and tells its age', async () => {
  for (const staleSeconds of [0, 60]) {
    const { state, read } = world({ staleSeconds })
    await read()
    state.answer = staleSeconds === 0 ? down : never
    state.now = 59_500
    if (staleSeconds === 0) await expect(read()).rejects.toThrow(StoreUnavailableError)
    else {
      expect(await read()).toEqual({ sim, ageSeconds: 60 })
      state.now = 60_001
      await expect(read()).rejects.toThrow(StoreUnavailableError)
    }
  }
})

test('a SIM that is gone is not remembered, and an answer that comes late does not hide a later one', async () => {
  const { state, read } = world({ staleSeconds: 60 })
  let answerLate: (value: Stored<Sim>) => void = () => undefined
  state.answer = () =>
    new Promise((resolve) => {
      answerLate = resolve
    })
  await expect(read()).rejects.toThrow(StoreUnavailableError)
  state.now = 10
  state.answer = () => found(other)
  await read()
  answerLate({ partition: iccid, id: iccid, value: sim, etag: 'old' })
  await new Promise((resolve) => setImmediate(resolve))
  state.answer = down
  expect((await read()).sim).toEqual(other)
  state.answer = () => Promise.resolve(undefined)
  await read()
  state.answer = down
  await expect(read()).rejects.toThrow(StoreUnavailableError)
})

test('a mistake in the code is not hidden by an old reading', async () => {
  const { state, read } = world({ staleSeconds: 60 })
  await read()
  state.answer = () => Promise.reject(new TypeError('mistake'))
  await expect(read()).rejects.toThrow(TypeError)
})
