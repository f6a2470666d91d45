/**
 * `X-ARR-ClientCert` as App Service hands it on, and as it must not: a server that ends TLS in the test and writes the header, before the app's own
 * door. The local host writes only what is right, so what is garbage can be tried nowhere else.
 */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { HttpRequest, type HttpResponseInit } from '@azure/functions'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { issue } from '../support/x509'
import { send } from './browser'

const authority = (name: string) => issue({ subject: [['CN', name]], ca: true })
const [hostCa, root] = [authority('host authority'), authority('root')]
const host = issue({ subject: [['CN', 'host']], issuer: hostCa, usage: 'server', names: ['localhost', '127.0.0.1'] })
const right = issue({ subject: [['CN', 'service']], issuer: root })

/** What the server makes of the certificate of a connection. */
let write: (leaf: string) => string | string[]
let folder: string
let server: Server
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vouched-'))
  const access = {
    mobilePlans: { methods: 'certificate', roots: [root.cert], subject: { CN: 'service' } },
    smdp: { roots: [root.cert] },
    systems: [{ name: 'all', certificates: { roots: [root.cert] } }],
  }
  await writeFile(join(folder, 'operator.json'), JSON.stringify({ access }))
  vi.stubEnv('OPERATOR_FILE', join(folder, 'operator.json'))
  vi.stubEnv('CLIENT_CERTIFICATES', 'platform')
  vi.stubEnv('APP_ROLE', 'api')
  const { enter } = await import('../../functions/caller')
  server = createServer(
    { cert: host.cert, key: host.key, requestCert: true, rejectUnauthorized: false },
    (from, to) => {
      const { raw } = (from.socket as TLSSocket).getPeerCertificate() as { raw?: Buffer }
      const header = raw === undefined ? undefined : write(raw.toString('base64'))
      const headers = header === undefined ? {} : { 'x-arr-clientcert': String(header) }
      const request = new HttpRequest({ method: 'GET', url: `https://app.example.net${from.url}`, headers })
      const endpoint = (['mobilePlans', 'smdp', 'usage'] as const).find((name) => from.url === `/${name}`) ?? 'usage'
      void enter(request, endpoint, { transactionId: 'MSFT-1' }).then((entry) => {
        const response: HttpResponseInit = entry.ok ? { status: 200 } : entry.response
        to.writeHead(response.status ?? 200).end(JSON.stringify(response.jsonBody ?? {}))
      })
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

describe.each(['mobilePlans', 'smdp', 'usage'])('%s', (endpoint) => {
  const call = (shown = true) =>
    send(url, `/${endpoint}`, { tls: { ca: hostCa.cert, ...(shown && { cert: right.cert, key: right.key }) } })

  test('the leaf in base64 is let in', async () => {
    write = (leaf) => leaf
    expect((await call()).status).toBe(200)
  })

  test('no certificate, no header: 401', async () => {
    expect((await call(false)).status).toBe(401)
  })

  test.each<[string, 401 | 403, (leaf: string) => string | string[]]>([
    ['nothing', 401, () => ''],
    ['words', 403, () => 'garbage'],
    ['words that are base64', 403, () => Buffer.from('garbage').toString('base64')],
    ['half of it', 403, (leaf) => leaf.slice(0, 400)],
    ['one bit turned', 403, (leaf) => turned(leaf)],
    ['PEM', 403, () => right.cert.replaceAll('\n', '')],
    ['the armour percent-encoded', 403, () => encodeURIComponent(right.cert)],
    ['two of them', 403, (leaf) => [leaf, leaf]],
    ['base64 for addresses', 403, (leaf) => `${leaf.replaceAll('+', '-').replaceAll('/', '_')}-_`],
    ['a key', 403, () => right.key.replaceAll(/-----.*?-----|\n/g, '')],
    ['far too much', 403, () => 'A'.repeat(17_000)],
  ])('%s: %i', async (_name, status, written) => {
    write = written
    const reply = await call()
    expect(reply.status).toBe(status)
    expect(JSON.parse(reply.body)).toEqual({
      error: {
        code: status === 401 ? 'Unauthorized' : 'Forbidden',
        message: status === 401 ? 'a client certificate is needed' : 'the client certificate is not accepted',
        transactionId: 'MSFT-1',
      },
    })
  })
})

/** A certificate that parses, and whose signature does not hold. */
function turned(leaf: string): string {
  const der = Buffer.from(leaf, 'base64')
  der.writeUInt8((der.at(-1) ?? 0) ^ 1, der.length - 1)
  return der.toString('base64')
}
