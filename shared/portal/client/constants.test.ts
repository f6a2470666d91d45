import { expect, test } from 'vitest'
import { constantsOf, isRegistered, memberName, metadataValue } from './constants'

const status = {
  property: 'moDirectStatus',
  constants: 'MobilePlansMoDirectStatus',
  member: 'invalidSIM',
  text: 'InvalidSIM',
}

test('a constant is found by comparing values, however the app spells them', () => {
  expect(memberName({ success: 'x7', cardBusy: 'x8' }, 'x7')).toBe('success')
  expect(memberName({ success: 'x7', cardBusy: 'x8' }, 'x8')).toBe('cardBusy')
  expect(memberName({ home: 3 }, 3)).toBe('home')
})

test('members that the object does not list are asked for by name where the page acts on them', () => {
  const hidden = Object.defineProperty({}, 'success', { value: 'x7', enumerable: false })
  expect(memberName(hidden, 'x7')).toBe('success')
})

test('members on the prototype count, as host objects keep them there', () => {
  expect(memberName(Object.create({ eidMismatch: 'x9' }), 'x9')).toBe('eidMismatch')
})

test('without a match, or without the object, the value itself is the name', () => {
  expect(memberName({ success: 'x7' }, 'ServerFailure')).toBe('ServerFailure')
  expect(memberName(undefined, 'Home')).toBe('Home')
  expect(memberName(undefined, null)).toBe('null')
})

test('home, roaming and partner mean connected, in any case', () => {
  expect(['home', 'Roaming', 'partner'].every(isRegistered)).toBe(true)
  expect(['none', 'searching', 'denied', 'homeless', ''].some(isRegistered)).toBe(false)
})

test('metadata takes the constant of the app, its member in any case, else the documented text', () => {
  expect(metadataValue({ MobilePlansMoDirectStatus: { invalidSIM: 'x1' } }, status)).toBe('x1')
  expect(metadataValue({ MobilePlansMoDirectStatus: { invalidSim: 'x2' } }, status)).toBe('x2')
  expect(metadataValue({ MobilePlansMoDirectStatus: {} }, status)).toBe('InvalidSIM')
  expect(metadataValue({}, status)).toBe('InvalidSIM')
  expect(metadataValue({ MobilePlansMoDirectStatus: { invalidSIM: '' } }, status)).toBe('')
  expect(metadataValue({}, { property: 'planName', text: 'Travel' })).toBe('Travel')
})

test('an object of constants that throws when read counts as missing', () => {
  const broken = new Proxy(
    {},
    {
      get: () => {
        throw new TypeError('refused')
      },
    },
  )
  expect(metadataValue({ MobilePlansMoDirectStatus: broken }, status)).toBe('InvalidSIM')
  expect(memberName(broken, 'x')).toBe('x')
})

test('constants of older apps are found under their names', () => {
  const [errors, states, now] = [{ success: 'x1' }, { home: 'x2' }, { home: 'x3' }]
  const host = { DataMartActivationErrors: errors, DataMartNetworkRegistrationState: states }
  expect(constantsOf(host, 'MobilePlansActivationError')).toBe(errors)
  expect(constantsOf(host, 'MobilePlansNetworkRegistrationState')).toBe(states)
  const both = { ...host, MobilePlansNetworkRegistrationState: now }
  expect(constantsOf(both, 'MobilePlansNetworkRegistrationState')).toBe(now)
  expect(constantsOf(host, 'MobilePlansLineType')).toBeUndefined()
})
