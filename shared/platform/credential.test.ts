import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createCredential } from './credential'

// One for the file: the library keeps the endpoint for the process.
let asked: URLSearchParams[] = []
let stop = () => {}

/** The endpoint that gives tokens to a function app, as "Use managed identities for App Service and Azure Functions" describes it. */
beforeAll(async () => {
  const server = createServer((request, response) => {
    const authorised = request.headers['x-identity-header'] === 'header-of-the-app'
    asked.push(new URL(request.url ?? '', 'http://localhost').searchParams)
    const expires = Math.floor(Date.now() / 1000) + 86_400
    response.writeHead(authorised ? 200 : 401, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({ access_token: `token-${asked.length}`, expires_on: `${expires}`, token_type: 'Bearer' }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stop = () => void server.close()
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`)
  vi.stubEnv('IDENTITY_HEADER', 'header-of-the-app')
})
afterAll(() => {
  stop()
  vi.unstubAllEnvs()
})
beforeEach(() => {
  asked = []
})

test('in Azure the token is that of the identity which the settings name, and is kept', async () => {
  const credential = createCredential({ clientId: '11111111-2222-3333-4444-555555555555', development: false })
  const token = await credential.getToken('https://vault.azure.net/.default')
  expect(token?.token).toBe('token-1')
  expect(asked[0]?.get('client_id')).toBe('11111111-2222-3333-4444-555555555555')
  expect(asked[0]?.get('resource')).toBe('https://vault.azure.net')
  expect((await credential.getToken('https://vault.azure.net/.default'))?.token).toBe('token-1')
  expect(asked.length).toBe(1)
})

test('without a name the identity is that of the app itself', async () => {
  await createCredential({ development: false }).getToken('https://cosmos.azure.com/.default')
  expect(asked[0]?.has('client_id')).toBe(false)
})
