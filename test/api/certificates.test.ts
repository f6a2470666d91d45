/** Client certificates as the operator API meets them: real TLS connections to the running app, which decides by itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSim } from '../../shared/domain/sim'
import { mobilePlansSubject } from '../../shared/machines/access'
import { type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { type Issued, issue, type Subject } from '../support/x509'
import { type Sent, send } from './browser'
import { everyRow } from './rows'
import { combinations, queryVectors, simSpellings, unknownSims } from './vectors'

const day = 24 * 60 * 60_000
const iccid = testIccid(500_001)
const sim = {
  ...createSim({ iccid, kind: 'esim' as const }),
  grants: ['one', 'two'].map((orderId) => ({
    orderId,
    planId: 'test',
    kind: 'payg' as const,
    dataMB: 1024,
    durationMs: 10 * day,
    locations: ['US', 'GB'],
  })),
}
const service = Object.entries(mobilePlansSubject) as unknown as Subject
const authority = (name: string, issuer?: Issued) => issue({ subject: [['CN', name]], ca: true, issuer })
const hostCa = authority('host authority')
const host = issue({ subject: [['CN', 'host']], issuer: hostCa, usage: 'server', names: ['localhost', '127.0.0.1'] })
const root = authority('public root')
const middle = authority('public middle', root)
const unknownMiddle = authority('next year’s middle', root)
const strangerRoot = authority('stranger')
const smdpRoot = authority('sm-dp+ root')
const systemsRoot = authority('systems root')
const client = (subject: Subject, issuer: Issued | undefined, more: { notBefore?: Date; notAfter?: Date } = {}) =>
  issue({ subject, issuer, ...more })
const right = client(service, middle)
const self = client(service, undefined)
const expired = client(service, middle, {
  notBefore: new Date(Date.now() - 2 * day),
  notAfter: new Date(Date.now() - 1000),
})
const early = client(service, middle, {
  notBefore: new Date(Date.now() + day),
  notAfter: new Date(Date.now() + 2 * day),
})
const other = client([['CN', 'partners.datamart.windows.com']], middle)
const strange = client(service, strangerRoot)
const unknown = client(service, unknownMiddle)
const extra = issue({ subject: [['CN', 'handed over in advance']] })
const smdp = client([['CN', 'sm-dp+']], smdpRoot)
const monitoring = client([['CN', 'monitoring']], systemsRoot)
const charging = client([['CN', 'charging']], systemsRoot)

const access = (methods: string) => ({
  mobilePlans: {
    methods,
    roots: [root.cert],
    intermediates: [middle.cert],
    thumbprints: [extra.thumbprint.toUpperCase()],
  },
  smdp: { roots: [smdpRoot.cert], subject: { CN: 'sm-dp+' } },
  systems: [
    { name: 'charging', may: ['usage'], certificates: { roots: [systemsRoot.cert], subject: { CN: 'charging' } } },
    {
      name: 'monitoring',
      may: ['readiness'],
      certificates: { roots: [systemsRoot.cert], subject: { CN: 'monitoring' } },
    },
  ],
})
const production = { ...withoutSweep, AZURE_FUNCTIONS_ENVIRONMENT: 'Production', APP_ROLE: 'api' }
async function openStack(methods: string, environment: Record<string, string>, tls: boolean): Promise<Stack> {
  const opened = await startStack({
    stock: 1,
    environment: { ...production, ...environment },
    operator(operator) {
      operator.access = access(methods)
    },
    ...(tls ? { tls: host } : {}),
  })
  await opened.documents.insert('sims', iccid, iccid, sim)
  return opened
}
/** Sends a request on a TLS connection of its own, with this client certificate. */
const call = (at: Stack, path: string, shown?: Issued, sent: Sent = {}) =>
  send(at.url, path, { ...sent, tls: { ca: hostCa.cert, ...(shown && { cert: shown.cert, key: shown.key }) } })
const balances = `/v1/sims/${iccid}/balances`
const notices = '/gsma/rsp2/es2plus/handleDownloadProgressInfo'
const errorOf = (body: string) =>
  (JSON.parse(body) as { error: { code: string; message: string; parameter?: string } }).error
const lineWith = (log: string, text: string) => log.split('\n').filter((line) => line.includes(text))

describe('where a certificate is asked for', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await openStack('certificate', {}, true)
  }, 60_000)
  afterAll(() => stack.stop())

  test.each<[string, Issued | undefined, number, RegExp]>([
    ['the right one', right, 200, /balances/],
    ['one that was handed over in advance', extra, 200, /balances/],
    ['none', undefined, 401, /is needed/],
    ['an expired one', expired, 401, /has expired/],
    ['one that is not valid yet', early, 401, /not valid yet/],
    ['one of another authority', strange, 403, /not accepted/],
    ['one of an intermediate that is not configured', unknown, 403, /not accepted/],
    ['one that signed itself', self, 403, /not accepted/],
    ['one of another subject', other, 403, /not accepted/],
    ['that of the SM-DP+', smdp, 403, /not accepted/],
    ['that of monitoring', monitoring, 403, /not accepted/],
  ])('%s is answered as documented', async (_name, shown, status, words) => {
    for (const path of [balances, `${balances}?fieldsTemplate=full&limit=1`]) {
      const reply = await call(stack, path, shown, { headers: { 'X-MS-DM-TransactionId': `MSFT-${Math.random()}` } })
      expect(reply.status).toBe(status)
      expect(reply.body).toMatch(words)
      expect(reply.headers['x-ms-dm-transactionid']).toMatch(/^MSFT-/)
      expect(reply.headers['cache-control']).toBe('no-store')
      if (status === 401) expect(reply.headers['www-authenticate']).toMatch(/^Certificate realm=/)
      if (status !== 200) expect(reply.body).not.toMatch(/microsoft|datamart|authority|root|[0-9a-f]{40}/i)
    }
  })

  test('nothing is said of parameters, SIMs and methods before that', async () => {
    for (const path of [`${balances}?limit=-1`, '/v1/sims/nobody/balances'])
      expect((await call(stack, path)).status).toBe(401)
    for (const method of ['POST', 'DELETE']) expect((await call(stack, balances, other, { method })).status).toBe(403)
    expect((await call(stack, balances, right, { method: 'DELETE' })).status).toBe(405)
  })

  test('basic credentials are no substitute', async () => {
    const authorization = `Basic ${Buffer.from('mobile-plans:secret').toString('base64')}`
    expect((await call(stack, balances, undefined, { headers: { authorization } })).status).toBe(401)
  })

  test.each<[string, Issued | undefined, number]>([
    ['nobody', undefined, 401],
    ['somebody else', strange, 403],
    ['an expired certificate', expired, 401],
    ['the right one', right, 200],
  ])('a header that a client writes itself changes nothing for %s', async (_name, shown, status) => {
    for (const forged of [right.base64, 'garbage', '', right.cert.replaceAll('\n', ''), 'A'.repeat(17_000)])
      for (const name of ['X-ARR-ClientCert', 'x-arr-clientcert']) {
        const reply = await call(stack, balances, shown, { headers: { [name]: forged } })
        expect(reply.status).toBe(status)
      }
  })

  test('the SM-DP+ alone may send notices', async () => {
    const body = JSON.stringify({
      iccid: testIccid(400_000),
      notificationPointId: 4,
      notificationPointStatus: { status: 'Executed-Success' },
    })
    const before = await everyRow(stack.connectionString)
    const notice = (shown?: Issued) => call(stack, notices, shown, { method: 'POST', body })
    expect((await notice()).status).toBe(401)
    for (const shown of [right, strange, monitoring, client([['CN', 'other']], smdpRoot)])
      expect((await notice(shown)).status).toBe(403)
    expect((await notice(smdp)).status).toBe(204)
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test("the operator's systems alone may ask whether it is ready", async () => {
    const ready = async (shown?: Issued) => (await call(stack, '/health/ready', shown)).status
    expect([await ready(), await ready(right), await ready(monitoring)]).toEqual([401, 403, 200])
  })

  test('each of them does what it may, and is told what it may not', async () => {
    const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    const answers = await Promise.all(
      [charging, monitoring].map(async (shown) => [
        await call(stack, '/v1/usage', shown, sent),
        await call(stack, '/v1/callbacks', shown, sent),
        await call(stack, '/health/ready', shown),
      ]),
    )
    expect(answers.map((replies) => replies.map(({ status }) => status))).toEqual([
      [400, 403, 403],
      [403, 403, 200],
    ])
    expect(errorOf(answers[1]?.[0]?.body ?? '')).toEqual({
      code: 'Forbidden',
      message: 'this system may not send usage: "usage" is missing in its "may"',
    })
    expect(errorOf(answers[0]?.[2]?.body ?? '').message).toContain('"readiness" is missing')
    expect(stack.log()).toContain('"problem":"not-allowed","system":"monitoring"')
  })

  test('an unknown authority under the right name alerts people; the log holds thumbprints and no certificates', async () => {
    await call(stack, balances, unknown)
    await call(stack, balances, other)
    const log = stack.log()
    const alerts = lineWith(log, unknown.thumbprint)
    expect(alerts[0]).toContain('"level":"error","event":"machines.refused"')
    expect(alerts[0]).toContain('"endpoint":"mobilePlans","status":403,"problem":"unknown-issuer"')
    expect(lineWith(log, other.thumbprint)[0]).toContain('"level":"warn","event":"machines.refused"')
    expect(log).not.toContain(right.base64.slice(0, 60))
    expect(log).not.toContain('datamart')
  })

  describe('the documented calls', () => {
    test.each(queryVectors)(
      '?$query is answered with $status',
      async ({ query, status, parameter, balances: count }) => {
        const reply = await call(stack, `${balances}?${query}`, right)
        expect(reply.status).toBe(status)
        if (status === 400) expect(errorOf(reply.body)).toMatchObject({ code: 'InvalidParameter', parameter })
        else if (count !== undefined)
          expect((JSON.parse(reply.body) as { balances: object[] }).balances).toHaveLength(count)
      },
    )

    test('one bad value in any combination is 400 and named; every combination of good and absent ones is 200', async () => {
      for (const { query, bad } of combinations()) {
        const reply = await call(stack, `${balances}?${query}`, right)
        expect([query, reply.status]).toEqual([query, bad.length > 0 ? 400 : 200])
        if (bad.length > 0) expect(bad).toContain(errorOf(reply.body).parameter)
      }
    })

    test.each(simSpellings)('a SIM is found as %s', async (spelling) => {
      const reply = await call(stack, balances.replace(iccid, spelling.replace('%s', iccid)), right)
      expect([reply.status, reply.body.includes('"one"')]).toEqual([200, true])
    })

    test.each(unknownSims)('there is no SIM %s', async (simId) => {
      const reply = await call(stack, balances.replace(iccid, simId), right)
      expect([reply.status, errorOf(reply.body).code]).toEqual([404, 'NotFound'])
    })
  })
})

describe('where certificate and credentials are asked for', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await openStack('both', { OPERATOR_API_BASIC: 'mobile-plans:secret' }, true)
  }, 60_000)
  afterAll(() => stack.stop())

  test('both must be right, and the certificate is looked at first', async () => {
    const with_ = async (shown: Issued | undefined, password?: string) => {
      const authorization = `Basic ${Buffer.from(`mobile-plans:${password}`).toString('base64')}`
      const { status, headers } = await call(stack, balances, shown, {
        headers: password === undefined ? {} : { authorization },
      })
      return [status, headers['www-authenticate']?.split(' ')[0]]
    }
    expect(await with_(right, 'secret')).toEqual([200, undefined])
    expect(await with_(right, 'wrong')).toEqual([401, 'Basic'])
    expect(await with_(right)).toEqual([401, 'Basic'])
    expect(await with_(undefined, 'secret')).toEqual([401, 'Certificate'])
    expect(await with_(expired, 'secret')).toEqual([401, 'Certificate'])
    expect(await with_(strange, 'wrong')).toEqual([403, undefined])
  })
})

describe('where nobody vouches for the header', () => {
  const forged = { 'X-ARR-ClientCert': right.base64 }

  test('without TLS it is not believed, whatever the setting says', async () => {
    const stack = await openStack('certificate', { CLIENT_CERTIFICATES: 'platform' }, false)
    try {
      const reply = await send(stack.url, balances, { headers: forged })
      expect([reply.status, errorOf(reply.body).message]).toEqual([401, 'a client certificate is needed'])
      const ready = { headers: { 'X-ARR-ClientCert': monitoring.base64 } }
      expect((await send(stack.url, '/health/ready', ready)).status).toBe(401)
    } finally {
      await stack.stop()
    }
  })

  test('outside development only the role api reads it', async () => {
    const stack = await openStack('certificate', { APP_ROLE: 'all' }, true)
    try {
      expect((await call(stack, balances, right)).status).toBe(401)
      expect((await call(stack, balances, right, { headers: forged })).status).toBe(401)
    } finally {
      await stack.stop()
    }
  })
})
