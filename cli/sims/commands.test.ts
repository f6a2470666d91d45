import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Iccid } from '../../shared/domain/identifiers'
import { addGrant, createSim, type Sim } from '../../shared/domain/sim'
import { claimRow, removeSoldRow } from '../../shared/fulfilment/stock'
import { createMemoryDocumentStore } from '../../shared/platform/memory-document-store'
import type { DocumentStore } from '../../shared/platform/ports'
import type { Io } from '../io'
import { excludeCommand, importCommand, listCommand } from './commands'

const one = '8999901000000010004' as Iccid
const two = '8999901000000010012' as Iccid
const type = 'FJORDLINE_DATA_1'

let folder: string
let documents: DocumentStore
let out: string
let err: string
let io: Io
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'))
  copyFileSync(join(import.meta.dirname, '../../operator.json'), join(folder, 'operator.json'))
  documents = createMemoryDocumentStore({ now: () => new Date() })
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
    readStdin: async () => `${one},${type}\n`,
    env: {},
    folder,
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bringIn = (text: string, options: { json?: boolean; skipBad?: boolean } = {}) => {
  writeFileSync(join(folder, 'sims.csv'), text)
  return importCommand(io, 'sims.csv', { json: false, skipBad: false, ...options }, documents)
}
async function listed(options: { type?: string; state?: 'free' | 'unavailable' } = {}): Promise<unknown> {
  out = ''
  await listCommand(io, { json: true, ...options }, documents)
  return JSON.parse(out)
}

test('eSIMs go into stock, warm and monitored SIMs into their documents', async () => {
  expect(await bringIn(`${one},${type}\n${two},monitor`)).toBe('good')
  expect(out).toBe('2 imported, 0 known already, 0 left out\n')
  expect(await listed()).toEqual([{ schema: 1, iccid: one, profileType: type, state: 'free' }])
  expect((await documents.get<Sim>('sims', two, two))?.value).toEqual(createSim({ iccid: two, kind: 'monitor' }))
})

test('a file may come from standard input', async () => {
  expect(await importCommand(io, '-', { json: true, skipBad: false }, documents)).toBe('good')
  expect(JSON.parse(out)).toEqual({ imported: 1, known: 0, problems: [], warnings: [] })
})

test('importing again changes nothing', async () => {
  await bringIn(`${one},${type}\n${two},warm`)
  await claimRow(documents, type, one, 'order-1')
  out = ''
  expect(await bringIn(`${one},${type}\n${two},warm`)).toBe('good')
  expect(out).toBe('0 imported, 2 known already, 0 left out\n')
  expect(await listed()).toMatchObject([{ state: 'claimed', orderId: 'order-1' }])
})

test('an eSIM that was sold does not come back into stock by importing again', async () => {
  await bringIn(`${one},${type}`)
  await claimRow(documents, type, one, 'order-1')
  await documents.insert('sims', one, one, createSim({ iccid: one, kind: 'esim', orderId: 'order-1' }))
  await removeSoldRow(documents, type, one, 'order-1')
  await bringIn(`${one},${type}`)
  expect(await listed()).toEqual([])
})

test('one bad row keeps all others out, unless bad ones are skipped', async () => {
  const text = `${one},${type}\nbad,${type}\n`
  expect(await bringIn(text)).toBe('findings')
  expect(err).toContain('line 2: problem: the ICCID is not 18 to 20 digits')
  expect(await listed()).toEqual([])
  expect(await bringIn(text, { skipBad: true })).toBe('findings')
  expect(await listed()).toHaveLength(1)
})

test('the list can be narrowed to a profile type and a state', async () => {
  await bringIn(`${one},${type}\n${two},OTHER`)
  expect(await listed()).toHaveLength(1)
  expect(await listed({ type: 'OTHER' })).toMatchObject([{ iccid: two }])
  expect(await listed({ state: 'unavailable' })).toEqual([])
})

test('the list for people has a row per ICCID and a sum', async () => {
  await bringIn(`${one},${type}`)
  out = ''
  err = ''
  await listCommand(io, { json: false }, documents)
  expect(out).toBe(`${one}   ${type}  free\n`)
  expect(err).toBe('1 free\n')
})

test('an excluded SIM keeps its owner and data', async () => {
  const grant = { orderId: 'o', planId: 'p', kind: 'payg', dataMB: 1, durationMs: 1, locations: ['*'] } as const
  const sim = addGrant(createSim({ iccid: one, kind: 'esim', subscriberId: 's' }), grant)
  await documents.insert('sims', one, one, sim)
  expect(await excludeCommand(io, one, { json: false }, documents)).toBe('good')
  expect((await documents.get<Sim>('sims', one, one))?.value).toEqual({ ...sim, kind: 'excluded' })
  expect(await excludeCommand(io, one, { json: false }, documents)).toBe('good')
  expect(out).toBe('The SIM is excluded.\nThe SIM was excluded already.\n')
})

test('excluding takes a free eSIM off sale', async () => {
  await bringIn(`${one},${type}`)
  expect(await excludeCommand(io, one, { json: false }, documents)).toBe('good')
  expect(await listed()).toMatchObject([{ state: 'unavailable', reason: 'excluded' }])
})

test('excluding an eSIM that an order holds is reported, for the order goes on', async () => {
  await bringIn(`${one},${type}`)
  await claimRow(documents, type, one, 'order-1')
  out = ''
  expect(await excludeCommand(io, one, { json: true }, documents)).toBe('findings')
  expect(JSON.parse(out)).toEqual({ result: 'excluded', stock: 'claimed', orderId: 'order-1' })
})
