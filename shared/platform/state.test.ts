import { expect, test } from 'vitest'
import type { LogFields } from './ports'
import { logNoteworthy, openState } from './state'

const clock = () => new Date('2027-03-01T12:00:00.000Z')

/** Where the store sends its first request, by the port that refuses it. */
async function refusedBy(environment: Record<string, string>): Promise<string> {
  const store = await openState(environment, { clock })
  const error: unknown = await store?.get('sims', 'p', 'one').catch((reason: unknown) => reason)
  return error instanceof Error ? error.message : ''
}

const tables = 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a;'
const emulator = 'AccountEndpoint=http://127.0.0.1:9/;AccountKey=YQ==;'

test('without a setting there is no store', async () => {
  expect(await openState({}, { clock })).toBeUndefined()
  expect(await openState({ ORDERS_STORAGE: '', COSMOS_ENDPOINT: '' }, { clock })).toBeUndefined()
})

test('a storage account holds the state, unless Cosmos DB is named', async () => {
  expect(await refusedBy({ ORDERS_STORAGE: tables })).toMatch(/Azure Tables .* ECONNREFUSED/)
  expect(await refusedBy({ ORDERS_STORAGE: tables, COSMOS_CONNECTION: emulator })).toMatch(/Cosmos DB .* ECONNREFUSED/)
})

test('an account of Cosmos DB is entered by identity, whatever else is set', async () => {
  const environment = { COSMOS_ENDPOINT: 'http://127.0.0.1:9/', COSMOS_CONNECTION: emulator, ORDERS_STORAGE: tables }
  expect(await refusedBy(environment)).toMatch(/COSMOS_ENDPOINT is no https address/)
})

test('the log hears of requests that failed, were slow or dear, and of no others', () => {
  const lines: [string, LogFields | undefined][] = []
  const log = {
    info: (_: string, fields?: LogFields) => void lines.push(['info', fields]),
    warn: (_: string, fields?: LogFields) => void lines.push(['warn', fields]),
    error() {},
    with: () => log,
  }
  const request = { operation: 'read', container: 'sims', status: 200, charge: 2, ms: 4, activityId: 'a' }
  for (const more of [
    {},
    { status: 404 },
    { status: 412 },
    { status: 429 },
    { status: 0 },
    { ms: 1500.4 },
    { charge: 60.123 },
  ]) {
    logNoteworthy(log, { ...request, ...more })
  }
  expect(lines).toMatchObject([
    ['warn', { status: 429 }],
    ['warn', { status: 0 }],
    ['info', { ms: 1500 }],
    ['info', { charge: 60.12 }],
  ])
})
