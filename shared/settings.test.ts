import { afterEach, expect, test } from 'vitest'
import { makeCertificates, type TestCertificates } from '../test/support/certificates'
import { oauthOf, tlsOf } from './partner-settings'
import { serviceBusConnection } from './platform/resources'
import { readSettings } from './settings'

const base = { ORDERS_STORAGE: 'UseDevelopmentStorage=true' }
const reading = (more: Record<string, string>) => () => readSettings({ ...base, ...more })

let certificates: TestCertificates | undefined
afterEach(async () => {
  await certificates?.remove()
  certificates = undefined
})

test('nothing but the storage is required, and empty settings count as absent', () => {
  expect(readSettings({ ...base, BILLING_OAUTH_TOKEN_URL: '', BILLING_TLS_KEY_FILE: '' })).toMatchObject(base)
  expect(() => readSettings({})).toThrow('app settings: ORDERS_STORAGE is missing')
})

test('with Cosmos DB and Service Bus no storage account is required; with one of them it is', () => {
  const state = { COSMOS_ENDPOINT: 'https://plans.documents.azure.com/' }
  const wakes = { [`${serviceBusConnection}__fullyQualifiedNamespace`]: 'plans.servicebus.windows.net' }
  expect(readSettings({ ...state, ...wakes }).ORDERS_STORAGE).toBe('')
  for (const one of [state, wakes]) expect(() => readSettings(one)).toThrow('ORDERS_STORAGE is missing')
})

test.each(['ES2PLUS', 'BILLING', 'PROVISIONING', 'IDENTITY_CHECK'])('%s: a certificate needs its key', (partner) => {
  expect(reading({ [`${partner}_TLS_CERT_FILE`]: 'c.pem' })).toThrow(
    `app settings: ${partner}_TLS_KEY_FILE is missing: ${partner}_TLS_CERT_FILE cannot be used without it`,
  )
  expect(reading({ [`${partner}_TLS_KEY_FILE`]: 'k.pem' })).toThrow(`${partner}_TLS_CERT_FILE is missing`)
  expect(reading({ [`${partner}_TLS_CA_FILE`]: 'ca.pem' })).not.toThrow()
})

test.each(['BILLING', 'PROVISIONING', 'IDENTITY_CHECK'])('%s: access tokens need all three settings', (partner) => {
  expect(reading({ [`${partner}_OAUTH_CLIENT_ID`]: 'app', [`${partner}_OAUTH_CLIENT_SECRET`]: 'not-shown' })).toThrow(
    `${partner}_OAUTH_TOKEN_URL is missing: ${partner}_OAUTH_CLIENT_ID and ${partner}_OAUTH_CLIENT_SECRET cannot be used`,
  )
  expect(reading({ [`${partner}_OAUTH_SCOPE`]: 's' })).toThrow(`${partner}_OAUTH_SCOPE needs`)
  expect(reading({ [`${partner}_OAUTH_METHOD`]: 'get' })).toThrow(`${partner}_OAUTH_METHOD must be basic or post`)
})

test.each([
  ['http://login.example.net/token', true],
  ['login.example.net', true],
  ['https://user:word@login.example.net/token', true],
  ['https://login.example.net/token?tenant=1', false],
  ['http://127.0.0.1:8080/token', false],
])('the token URL %s is turned away: %s', (url, wrong) => {
  const settings = { BILLING_OAUTH_TOKEN_URL: url, BILLING_OAUTH_CLIENT_ID: 'a', BILLING_OAUTH_CLIENT_SECRET: 'hidden' }
  if (wrong) expect(reading(settings)).toThrow('BILLING_OAUTH_TOKEN_URL must be an https address')
  else expect(reading(settings)).not.toThrow()
})

test('every fault is named at once, and no value is shown', () => {
  const settings = { BILLING_URL: 'no url', PROVISIONING_TLS_CERT_FILE: 'c.pem', BILLING_OAUTH_CLIENT_SECRET: 'hidden' }
  expect(reading(settings)).toThrow(/BILLING_URL .*BILLING_OAUTH_TOKEN_URL .*PROVISIONING_TLS_KEY_FILE/s)
  expect(reading(settings)).not.toThrow(/hidden|c\.pem/)
})

test('files are read as they are named', async () => {
  certificates = await makeCertificates()
  const { folder, client, ca } = certificates
  const settings = readSettings({
    ...base,
    BILLING_TLS_CERT_FILE: `${folder}/client.crt`,
    BILLING_TLS_KEY_FILE: `${folder}/client.key`,
    PROVISIONING_TLS_CA_FILE: `${folder}/test-ca.crt`,
    BILLING_OAUTH_TOKEN_URL: 'https://login.example.net/token',
    BILLING_OAUTH_CLIENT_ID: 'app',
    BILLING_OAUTH_CLIENT_SECRET: 'hidden',
    BILLING_OAUTH_CA_FILE: `${folder}/test-ca.crt`,
  })
  expect(await tlsOf(settings, 'BILLING')).toEqual(client)
  expect(await tlsOf(settings, 'PROVISIONING')).toEqual({ ca: ca.cert })
  expect(await tlsOf(settings, 'ES2PLUS')).toBeUndefined()
  expect(await oauthOf(settings, 'BILLING')).toMatchObject({ clientId: 'app', ca: ca.cert })
  expect(await oauthOf(settings, 'PROVISIONING')).toBeUndefined()
})

test('a file that is not there or not what it should be is named, and nothing of it is shown', async () => {
  certificates = await makeCertificates()
  const { folder } = certificates
  const tls = (cert: string, key: string, ca?: string) =>
    tlsOf(
      {
        BILLING_TLS_CERT_FILE: `${folder}/${cert}`,
        BILLING_TLS_KEY_FILE: `${folder}/${key}`,
        ...(ca === undefined ? {} : { BILLING_TLS_CA_FILE: `${folder}/${ca}` }),
      },
      'BILLING',
    )
  await expect(tls('absent.crt', 'client.key')).rejects.toThrow('the file of BILLING_TLS_CERT_FILE cannot be read')
  await expect(tls('client.crt', 'stranger.key')).rejects.toThrow('no pair of certificate and key')
  await expect(tls('client.key', 'client.crt')).rejects.toThrow('no pair of certificate and key')
  await expect(tls('client.crt', 'client.key', 'client.key')).rejects.toThrow(
    'BILLING_TLS_CA_FILE holds no certificate',
  )
  await expect(tls('client.crt', 'stranger.key')).rejects.toMatchObject({ code: 'partner_file_invalid' })
})
