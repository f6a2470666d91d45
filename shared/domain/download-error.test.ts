import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  classifyDownloadError,
  type DownloadErrorCode,
  type DownloadErrorFacts,
  decideDownloadError,
  downloadErrorRule,
} from './download-error'
import { downloadErrorRules } from './download-error-rules'

const codes = Object.keys(downloadErrorRules) as DownloadErrorCode[]

function decide(code: DownloadErrorCode, changes: Partial<DownloadErrorFacts> = {}) {
  return decideDownloadError({
    code,
    remedies: { retrySame: 0, freshProfile: 0 },
    record: { installed: false, released: false },
    ...changes,
  })
}

describe('names', () => {
  test.each([
    ['ServerFailure', 'ServerFailure'],
    ['serverFailure', 'ServerFailure'],
    ['SERVER_FAILURE', 'ServerFailure'],
    [' cardBusy ', 'CardBusy'],
    ['lpaInitializationError', 'LpaInitializationError'],
    ['somethingNew', 'Other'],
    ['', 'Other'],
    ['constructor', 'Other'],
  ])('%j is %s', (name, code) => {
    expect(classifyDownloadError(name)).toBe(code)
  })

  test('all 29 results of Windows are known by number, and 8 of the app alone', () => {
    const numbers = codes.map((code) => downloadErrorRule(code).value).filter((value) => value !== undefined)
    expect(numbers).toEqual(Array.from({ length: 29 }, (_, value) => value))
    expect(codes).toHaveLength(29 + 8)
  })
})

describe('actions without further knowledge', () => {
  const actions = (action: string) => codes.filter((code) => decide(code).action === action)
  test('support, stop and none', () => {
    expect(actions('none')).toEqual(['Success'])
    expect(actions('stop')).toEqual(['NoEligibleProfileForThisDevice', 'ModemNotFound'])
    expect(actions('support')).toEqual([
      'NotAuthorized',
      'PolicyViolation',
      'OperationProhibitedByProfileClass',
      'IccidAlreadyExists',
      'ProfileProcessingError',
      'ServerNotTrusted',
      'InvalidJson',
      'InvalidCallback',
    ])
  })
  test('a new profile', () => {
    expect(actions('new-profile')).toEqual([
      'NotFound',
      'IncorrectConfirmationCode',
      'ConfirmationCodeMaxRetriesExceeded',
      'ConfirmationCodeMissing',
      'InvalidMatchingId',
      'EidMismatch',
      'ProfileNotAvailableForNewBinding',
      'ProfileNotPresent',
      'ProfileDownloadMaxRetriesExceeded',
    ])
  })
  test('the same code again, once only where a repeat seldom helps', () => {
    const once = actions('retry-same').filter(
      (code) => decide(code, { remedies: { retrySame: 1, freshProfile: 0 } }).action === 'support',
    )
    expect(once).toEqual([
      'Other',
      'CardGeneralFailure',
      'NoCorrespondingRequest',
      'UnknownError',
      'LpaInitializationError',
      'LocalSettingsAccessFailed',
      'InvalidActivationCode',
      'InvalidIccid',
    ])
  })
})

describe('our own record outranks the device', () => {
  test('an installed profile that the device lists is activated, whatever the error', () => {
    for (const code of codes.filter((code) => code !== 'Success')) {
      expect(decide(code, { record: { installed: true, released: true }, onDevice: true })).toEqual({
        action: 'activate',
      })
    }
  })
  test('an installed profile without a list of the device needs nothing; one gone from the device needs support', () => {
    const record = { installed: true, released: true }
    expect(decide('CardBusy', { record }).action).toBe('none')
    expect(decide('CardBusy', { record, onDevice: false }).action).toBe('support')
  })
  test('a profile that cannot be bound again because it is on this device is activated', () => {
    expect(decide('ProfileNotAvailableForNewBinding', { onDevice: true }).action).toBe('activate')
    expect(decide('IccidAlreadyExists', { onDevice: true }).action).toBe('activate')
  })
  test('a released profile that was not found is tried once more before it is replaced', () => {
    const record = { installed: false, released: true }
    expect(decide('NotFound', { record }).action).toBe('retry-same')
    expect(decide('ProfileNotPresent', { record, remedies: { retrySame: 1, freshProfile: 0 } }).action).toBe(
      'new-profile',
    )
  })
  test('an unreleased profile is released first', () => {
    expect(decide('ProfileNotReleasedByOperator')).toMatchObject({ action: 'retry-same', first: 'release' })
    expect(
      decide('ProfileNotReleasedByOperator', { record: { installed: false, released: true } }).first,
    ).toBeUndefined()
  })
  test('a damaged code is rebuilt rather than the profile replaced', () => {
    expect(decide('InvalidMatchingId', { codeDamaged: true })).toMatchObject({
      action: 'retry-same',
      first: 'rebuild-code',
    })
    expect(decide('InvalidActivationCode')).toMatchObject({ action: 'retry-same', first: 'rebuild-code' })
  })
  test('another profile type, if there is one, saves a device that the first does not fit', () => {
    expect(decide('NoEligibleProfileForThisDevice', { otherProfileType: true }).action).toBe('new-profile')
  })
})

test('no run of errors gets more than three retries and one new profile', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...codes), { maxLength: 20 }), fc.boolean(), (errors, released) => {
      const remedies = { retrySame: 0, freshProfile: 0 }
      for (const code of errors) {
        const { action } = decide(code, { remedies, record: { installed: false, released }, otherProfileType: true })
        if (action === 'retry-same') remedies.retrySame += 1
        if (action === 'new-profile') remedies.freshProfile += 1
      }
      expect(remedies.retrySame).toBeLessThanOrEqual(3)
      expect(remedies.freshProfile).toBeLessThanOrEqual(1)
    }),
  )
})

test('whoever asks for support also makes staff or developers look', () => {
  for (const code of codes) {
    const decision = decide(code, { remedies: { retrySame: 9, freshProfile: 9 } })
    if (decision.action === 'support') expect(decision.alert).toBeDefined()
  }
})
