import { expect, test } from 'vitest'
import { checkEndpoint, readConnectionString } from './cosmos-account'

const at = (endpoint: string) => `AccountEndpoint=${endpoint};AccountKey=c2VjcmV0;`

test.each(['http://127.0.0.1:8081/', 'https://localhost:8081/', 'http://[::1]:8081'])(
  'the key of an emulator on this machine is taken: %s',
  (endpoint) => {
    expect(readConnectionString(at(endpoint), false)).toEqual({ endpoint, key: 'c2VjcmV0' })
  },
)

test('the key of anything else is refused, and the refusal says what to do and names no key', () => {
  for (const host of ['https://mine.documents.azure.com:443/', 'http://cosmos:8081', 'https://127.0.0.1.example/']) {
    expect(() => readConnectionString(at(host), false)).toThrow(/^(?!.*c2VjcmV0).*COSMOS_ENDPOINT/)
  }
})

test('during development an emulator may run on another machine', () => {
  expect(readConnectionString(at('http://cosmos:8081'), true)).toMatchObject({ endpoint: 'http://cosmos:8081' })
})

test.each(['', 'AccountKey=c2VjcmV0', 'AccountEndpoint=http://localhost', at('nowhere'), at('ftp://localhost')])(
  'what is no connection string is refused: %j',
  (text) => {
    expect(() => readConnectionString(text, true)).toThrow(/AccountEndpoint/)
  },
)

test('an account is entered by identity over TLS only', () => {
  expect(checkEndpoint('https://mine.documents.azure.com:443/')).toBe('https://mine.documents.azure.com:443/')
  for (const bad of ['http://mine.documents.azure.com', 'mine.documents.azure.com', '']) {
    expect(() => checkEndpoint(bad)).toThrow(/https/)
  }
})
