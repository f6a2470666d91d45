/** Who may call the endpoints for machines. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSim } from '../../shared/domain/sim'
import { type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { send } from './browser'
import { everyRow } from './rows'

const iccid = testIccid(500_001)
const balances = `/v1/sims/${iccid}/balances`
const notices = '/gsma/rsp2/es2plus/handleDownloadProgressInfo'
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`

/** A stack that knows one SIM. */
async function openStack(environment: Record<string, string>): Promise<Stack> {
  const stack = await startStack({ environment: { ...withoutSweep, ...environment }, stock: 1 })
  await stack.documents.insert('sims', iccid, iccid, createSim({ iccid, kind: 'warm' }))
  return stack
}

describe('with credentials set for the operator API', () => {
  const credentials = 'mobile-plans:p:ss wörd'
  let stack: Stack
  beforeAll(async () => {
    stack = await openStack({ OPERATOR_API_BASIC: credentials })
  }, 60_000)
  afterAll(() => stack.stop())
  const get = (authorization?: string, path = balances, method = 'GET') =>
    send(stack.url, path, { method, headers: authorization === undefined ? {} : { authorization } })

  test('the right ones are served, however the scheme is written', async () => {
    const right = basic(credentials)
    for (const authorization of [right, right.replace('Basic', 'basic'), right.replace('Basic', 'BASIC  ')])
      expect((await get(authorization)).status).toBe(200)
    expect((await get(right, balances, 'DELETE')).status).toBe(405)
    expect((await get(right, `${balances}?limit=x`)).status).toBe(400)
  })

  const wrong = [
    undefined,
    '',
    'Basic',
    'Basic ',
    'Basic ====',
    basic(''),
    basic(':'),
    basic('mobile-plans'),
    basic('mobile-plans:'),
    basic('mobile-plans:wrong'),
    basic('Mobile-Plans:p:ss wörd'),
    basic(`${credentials} `),
    basic(`${credentials}\0`),
    `${basic(credentials)} x`,
    basic(credentials).replace('Basic', 'Bearer'),
    Buffer.from(credentials).toString('base64'),
    `Basic ${'A'.repeat(20_000)}`,
  ]
  test('every other caller gets the very same 401, whatever is asked', async () => {
    const expected = await get()
    expect(expected.status).toBe(401)
    expect(expected.headers['www-authenticate']).toMatch(/^Basic realm=/)
    expect(JSON.parse(expected.body)).toMatchObject({ error: { code: 'Unauthorized' } })
    const shapeOf = ({ status, headers: { date: _, ...headers }, body }: typeof expected) => ({ status, headers, body })
    for (const authorization of wrong)
      for (const [path, method] of [
        [balances, 'GET'],
        [`${balances}?limit=x`, 'GET'],
        ['/v1/sims/nobody/balances', 'GET'],
        [balances, 'DELETE'],
      ])
        expect(shapeOf(await get(authorization, path, method))).toEqual(shapeOf(expected))
  })
})

describe('outside a development machine', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await openStack({ AZURE_FUNCTIONS_ENVIRONMENT: 'Production' })
  }, 60_000)
  afterAll(() => stack.stop())

  test('balances stay shut as long as no credentials are set', async () => {
    for (const authorization of ['', basic(''), basic(':'), basic('undefined')])
      expect((await send(stack.url, balances, { headers: { authorization } })).status).toBe(401)
  })

  test('notices stay shut, and write nothing', async () => {
    const before = await everyRow(stack.connectionString)
    const body = JSON.stringify({
      iccid,
      notificationPointId: 4,
      notificationPointStatus: { status: 'Executed-Success' },
    })
    expect((await send(stack.url, notices, { method: 'POST', body })).status).toBe(401)
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test('anybody may ask whether it is alive, and only the operator whether it is ready', async () => {
    expect((await send(stack.url, '/health')).status).toBe(200)
    expect((await send(stack.url, '/health/ready')).status).toBe(401)
    expect((await send(stack.url, '/portal')).status).toBe(200)
  })
})
