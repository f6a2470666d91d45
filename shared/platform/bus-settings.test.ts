import { describe, expect, test } from 'vitest'
import { readBusConnection, usesServiceBus } from './bus-settings'

const key = 'SharedAccessKeyName=root;SharedAccessKey=secret'

describe('Service Bus is used', () => {
  test('when a namespace is named, by the identity that the trigger uses too', () => {
    const environment = {
      SERVICE_BUS__fullyQualifiedNamespace: 'plans.servicebus.windows.net',
      SERVICE_BUS__clientId: 'an-id',
      SERVICE_BUS__credential: 'managedidentity',
    }
    expect(usesServiceBus(environment)).toBe(true)
    expect(readBusConnection(environment)).toEqual({
      by: 'identity',
      namespace: 'plans.servicebus.windows.net',
      managed: true,
      clientId: 'an-id',
    })
  })

  test('by whoever is signed in, when no credential is named', () => {
    const environment = { SERVICE_BUS__fullyQualifiedNamespace: 'plans.servicebus.windows.net' }
    expect(readBusConnection(environment)).toEqual({
      by: 'identity',
      namespace: 'plans.servicebus.windows.net',
      managed: false,
    })
  })

  test.each([
    `Endpoint=sb://127.0.0.1:5672;${key};UseDevelopmentEmulator=true;`,
    `Endpoint=sb://localhost;${key};UseDevelopmentEmulator=true;`,
    `Endpoint=sb://emulator.internal;${key};UseDevelopmentEmulator=true;`,
    `Endpoint=sb://[::1]:5672/;${key}`,
  ])('with the connection string of an emulator, which wins over a namespace: %s', (connectionString) => {
    const environment = { SERVICE_BUS: connectionString, SERVICE_BUS__fullyQualifiedNamespace: 'a.example' }
    expect(readBusConnection(environment)).toEqual({ by: 'connectionString', connectionString })
  })
})

test.each([
  `Endpoint=sb://plans.servicebus.windows.net/;${key}`,
  `Endpoint=sb://127.0.0.1.example.com/;${key}`,
  `Endpoint=sb://plans.servicebus.windows.net/;${key};UseDevelopmentEmulator=false;`,
  'nonsense',
])('a connection string that is not for an emulator is refused, without showing it: %s', (connectionString) => {
  expect(usesServiceBus({ SERVICE_BUS: connectionString })).toBe(true)
  expect(() => readBusConnection({ SERVICE_BUS: connectionString })).toThrow(/SERVICE_BUS__fullyQualifiedNamespace/)
  expect(() => readBusConnection({ SERVICE_BUS: connectionString })).not.toThrow(/secret/)
})

test.each([{}, { SERVICE_BUS: '', SERVICE_BUS__fullyQualifiedNamespace: '' }])(
  'without settings it is not: %j',
  (none) => {
    expect(usesServiceBus(none)).toBe(false)
    expect(readBusConnection(none)).toBeUndefined()
  },
)
