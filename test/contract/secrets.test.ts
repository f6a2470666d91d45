import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { clientCertificates } from '../../shared/platform/client-certificates'
import { createHttpCaller } from '../../shared/platform/http-call'
import type { Log } from '../../shared/platform/ports'
import { createSecrets, refreshMs, retryMs, type Secrets, staleMs } from '../../shared/platform/secrets'
import { createVaults } from '../../shared/vaults'
import { makeCertificates, type TestCertificates } from '../support/certificates'
import { startVault, type TestVault, vaultToken } from '../support/key-vault'

let certificates: TestCertificates
let vault: TestVault
let now: Date
let logged: string[] = []
const note = (event: string, fields?: object) => void logged.push(`${event} ${JSON.stringify(fields)}`)
const log: Log = { info: note, warn: note, error: note, with: () => log }
const pass = (ms: number) => {
  now = new Date(now.getTime() + ms)
}

beforeAll(async () => {
  certificates = await makeCertificates()
  vault = await startVault(certificates.server)
})
afterAll(async () => {
  await vault.stop()
  await certificates.remove()
})
beforeEach(() => {
  now = new Date('2026-03-02T12:00:00Z')
  vault.fail = undefined
  vault.reads.length = 0
  logged = []
  for (const name of ['key', 'es2plus-client', 'login-hmac-key']) vault.remove(name)
  vault.put('es2plus-authority', certificates.ca.cert)
})

function open(tokens = vaultToken): Secrets {
  return createSecrets({
    vaultUrl: vault.url,
    credential: { getToken: async () => ({ token: tokens, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    clock: () => now,
    log,
    clientOptions: { disableChallengeResourceVerification: true, tlsOptions: { ca: certificates.ca.cert } } as object,
  })
}

/** Ends when the vault has been read so many times in all. */
async function readTimes(count: number): Promise<void> {
  await expect.poll(() => vault.reads.length, { timeout: 5_000 }).toBe(count)
}

test('a secret is read by token after the challenge, once for all who ask, and then kept', async () => {
  vault.put('key', 'first', 'text/plain')
  const secrets = open()
  const before = vault.challenges
  const [one, two] = await Promise.all([secrets.read('key'), secrets.read('key')])
  expect(one).toMatchObject({ text: 'first', contentType: 'text/plain' })
  expect(two).toBe(one)
  pass(refreshMs - 1)
  expect(await secrets.read('key')).toBe(one)
  expect(vault.reads).toEqual(['key'])
  expect(vault.challenges).toBe(before + 1)
})

test('a new version is found behind the back of a read, which does not wait for it', async () => {
  vault.put('key', 'first')
  const secrets = open()
  const first = await secrets.read('key')
  vault.put('key', 'second')
  pass(refreshMs)
  expect(await secrets.read('key')).toBe(first)
  await readTimes(2)
  await expect.poll(async () => (await secrets.read('key'))?.text).toBe('second')
  expect(vault.reads).toEqual(['key', 'key'])
})

test('an unchanged secret stays the same object', async () => {
  vault.put('key', 'first')
  const secrets = open()
  const first = await secrets.read('key')
  pass(staleMs)
  expect(await secrets.read('key')).toBe(first)
  expect(vault.reads.length).toBe(2)
})

test('after a long sleep a read waits for the newest version', async () => {
  vault.put('key', 'first')
  const secrets = open()
  await secrets.read('key')
  vault.put('key', 'second')
  pass(staleMs)
  expect((await secrets.read('key'))?.text).toBe('second')
})

test('a vault that is away takes nothing back, and is asked again after a minute', async () => {
  vault.put('key', 'first')
  const secrets = open()
  const first = await secrets.read('key')
  vault.fail = 503
  pass(staleMs)
  expect(await secrets.read('key')).toBe(first)
  expect(logged.join()).toContain('secret.not_refreshed {"secret":"key"')
  expect(logged.join()).not.toContain('first')
  vault.fail = undefined
  vault.put('key', 'second')
  expect(await secrets.read('key')).toBe(first)
  pass(retryMs)
  expect((await secrets.read('key'))?.text).toBe('second') // an hour old by now: it waits
})

test.each([503, 403])(
  'a vault that answers %i before anything was read is an error that names the secret',
  async (status) => {
    vault.put('key', 'first')
    const secrets = open()
    vault.fail = status
    const failed = secrets.read('key')
    await expect(failed).rejects.toMatchObject({ code: 'secret_unavailable' })
    await expect(failed).rejects.toThrow(/the secret key cannot be read/)
    vault.fail = undefined
    expect((await secrets.read('key'))?.text).toBe('first') // the failure is not kept
  },
)

test('a secret that is not there yet is looked for again after a minute', async () => {
  const secrets = open()
  expect(await secrets.read('key')).toBeUndefined()
  vault.put('key', 'late')
  expect(await secrets.read('key')).toBeUndefined()
  pass(retryMs)
  expect(await secrets.read('key')).toBeUndefined() // asks, and does not wait
  await expect.poll(async () => (await secrets.read('key'))?.text).toBe('late')
})

test('a vault under another name than the challenge says is refused, unless told otherwise', async () => {
  vault.put('key', 'first')
  const strict = createSecrets({
    vaultUrl: vault.url,
    credential: { getToken: async () => ({ token: vaultToken, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    clock: () => now,
    log,
    clientOptions: { tlsOptions: { ca: certificates.ca.cert } } as object,
  })
  await expect(strict.read('key')).rejects.toThrow(/cannot be read/)
  expect(vault.reads).toEqual([])
})

test('the keys over login names come from their vault, which must hold them', async () => {
  const parts = {
    credential: { getToken: async () => ({ token: vaultToken, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    clock: () => now,
    log,
    clientOptions: { disableChallengeResourceVerification: true, tlsOptions: { ca: certificates.ca.cert } } as object,
  }
  expect(await createVaults({}, parts).loginKeys()).toBeUndefined()
  const vaults = createVaults({ LOGIN_VAULT_URL: vault.url }, parts)
  await expect(vaults.loginKeys()).rejects.toMatchObject({ code: 'settings_invalid' })

  const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64url'))
  vault.put('login-hmac-key', `${two},${one}`)
  pass(staleMs)
  expect(await vaults.loginKeys()).toEqual({
    current: new Uint8Array(32).fill(2),
    older: [new Uint8Array(32).fill(1)],
  })
  vault.put('login-hmac-key', 'too short')
  pass(staleMs)
  await expect(vaults.loginKeys()).rejects.toThrow(/^(?!.*too short).*login-hmac-key/)
})

/** A partner that wants a client certificate and says whose it saw. */
async function startPartner(): Promise<string> {
  const { server, ca, strangerCa } = certificates
  const partner = createServer(
    { ...server, ca: [ca.cert, strangerCa.cert], requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const { subject, fingerprint256 } = (request.socket as TLSSocket).getPeerCertificate()
      response.end(JSON.stringify({ name: subject.CN, fingerprint256 }))
    },
  )
  partner.listen(0, '127.0.0.1')
  await once(partner, 'listening')
  onTestFinished(() => {
    partner.closeAllConnections()
    partner.close()
  })
  return `https://127.0.0.1:${(partner.address() as AddressInfo).port}`
}

const es2plus = { certificate: 'es2plus-client', authority: 'es2plus-authority' }
const pem = ({ cert, key }: { cert: string; key: string }) => `${key}\n${cert}`

test('a client certificate is taken from the vault, and a new version of it by new calls, without a restart', async () => {
  const baseUrl = await startPartner()
  vault.put('es2plus-client', pem(certificates.client), 'application/x-pem-file')
  const tls = clientCertificates(open(), es2plus)
  const http = createHttpCaller({ baseUrl, timeoutMs: 5_000, tls })
  onTestFinished(() => http.close())
  const seen = async () => {
    const answer = await http.call({ method: 'GET', path: '/' })
    return answer.ok ? answer.json : answer
  }
  expect(await seen()).toMatchObject({ name: 'client' })
  expect(await seen()).toMatchObject({ name: 'client' })

  vault.put('es2plus-client', pem(certificates.stranger), 'application/x-pem-file')
  pass(staleMs)
  expect(await seen()).toMatchObject({ name: 'stranger' })

  vault.put('es2plus-authority', certificates.strangerCa.cert)
  pass(staleMs)
  expect(await seen()).toMatchObject({ ok: false, kind: 'unreached', code: 'tls' })
})

test('a certificate may be kept as PKCS#12', async () => {
  const { folder } = certificates
  const file = join(folder, 'client.p12')
  const given = ['-inkey', join(folder, 'client.key'), '-in', join(folder, 'client.crt'), '-passout', 'pass:']
  execFileSync('openssl', ['pkcs12', '-export', '-out', file, ...given])
  vault.put('es2plus-client', readFileSync(file).toString('base64'), 'application/x-pkcs12')
  const tls = clientCertificates(open(), es2plus)
  const http = createHttpCaller({ baseUrl: await startPartner(), timeoutMs: 5_000, tls })
  onTestFinished(() => http.close())
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ ok: true, json: { name: 'client' } })
})

test('without its certificate a call is not sent, and says so', async () => {
  const baseUrl = await startPartner()
  const tls = clientCertificates(open(), es2plus)
  const http = createHttpCaller({ baseUrl, timeoutMs: 5_000, tls })
  onTestFinished(() => http.close())
  vault.fail = 503
  expect(await http.call({ method: 'GET', path: '/' })).toEqual({
    ok: false,
    kind: 'unreached',
    code: 'no-connection',
    detail: 'no connection: secret_unavailable',
  })
  vault.fail = undefined
  vault.put('es2plus-client', 'not a certificate')
  pass(staleMs)
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({
    kind: 'unreached',
    detail: 'no connection: certificate_secret_invalid',
  })
  vault.put('es2plus-client', `${certificates.stranger.key}\n${certificates.client.cert}`)
  pass(staleMs)
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'unreached' })
  vault.put('es2plus-client', pem(certificates.client))
  pass(staleMs)
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ ok: true, json: { name: 'client' } })
})

test('a vault that hangs does not outlast the time of a call', async () => {
  const baseUrl = await startPartner()
  vault.fail = 'hang'
  const tls = clientCertificates(open(), es2plus)
  const http = createHttpCaller({ baseUrl, timeoutMs: 200, tls })
  onTestFinished(() => http.close())
  const started = performance.now()
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ ok: false, kind: 'unreached' })
  expect(performance.now() - started).toBeLessThan(3_000)
})
