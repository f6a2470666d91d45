import { expect, test } from 'vitest'
import type { OrderId } from '../../domain/identifiers'
import {
  beginSession,
  bought,
  relaunched,
  type Session,
  signedIn,
  slide,
  withDevice,
  withOrderId,
  withPlan,
} from './session'

const noon = new Date('2026-03-02T12:00:00Z')
const later = (minutes: number) => new Date(noon.getTime() + minutes * 60_000)
const one = '0123456789abcdefghjkmnpqrs' as OrderId
const two = '1123456789abcdefghjkmnpqrs' as OrderId
const fresh = (at = noon) => beginSession({ csrf: `secret ${at.toISOString()}`, channel: 'browser' }, at)
const person = { subscriberId: 's1', login: 'mia@example.net', accountNew: false }
const known = () => signedIn(undefined, person, fresh(), noon)

test('a session for a form lives a quarter of an hour and is not prolonged', () => {
  expect(fresh().expiresAt).toBe(later(15).toISOString())
  expect(slide(fresh(), later(10))).toEqual(fresh())
})

test('a visit idles for half an hour, prolonged by a write at most every five minutes', () => {
  const session = known()
  expect(session.expiresAt).toBe(later(30).toISOString())
  expect(slide(session, later(4))).toBe(session)
  expect(slide(session, later(5)).expiresAt).toBe(later(35).toISOString())
})

test('eight hours after it began a visit is over whatever the person does', () => {
  let session = known()
  for (let minutes = 0; minutes < 8 * 60; minutes += 20) session = slide(session, later(minutes))
  expect(session.expiresAt).toBe(later(8 * 60).toISOString())
})

test('another plan or another device takes the order id away, the same ones keep it', () => {
  const reviewed = withOrderId(withPlan(withDevice(known(), { eid: 'a' }), 'travel-2'), one)
  expect(withOrderId(reviewed, two).draft.orderId).toBe(one)
  expect(withPlan(reviewed, 'travel-2')).toBe(reviewed)
  expect(withPlan(reviewed, 'travel-10').draft).toEqual({ planId: 'travel-10' })
  expect(withDevice(reviewed, { eid: 'a', imei: 'i' }).draft.orderId).toBe(one)
  expect(withDevice(reviewed, { eid: 'b' }).draft).toEqual({ planId: 'travel-2' })
})

test('what was bought is used up, and only by its own order', () => {
  const reviewed = withOrderId(withPlan(known(), 'travel-2'), one)
  expect(bought(reviewed, two)).toBe(reviewed)
  expect(bought(reviewed, one)).toMatchObject({ draft: {}, lastOrderId: one })
})

test('signing in takes a new secret and a new beginning, and keeps device, language and choice', () => {
  const before: Session = {
    ...withPlan(fresh(), 'travel-2'),
    language: 'de',
    device: { eid: 'a' },
    returnTo: '/portal/account',
  }
  const after = signedIn(before, person, fresh(later(3)), later(3))
  expect(after).toMatchObject({ subscriberId: 's1', login: person.login, language: 'de', device: { eid: 'a' } })
  expect(after.draft.planId).toBe('travel-2')
  expect(after.csrf).not.toBe(before.csrf)
  expect(after.createdAt).toBe(later(3).toISOString())
  expect(after).not.toHaveProperty('returnTo')
})

test('another person takes over neither choice nor order', () => {
  const mine = bought(withOrderId(withPlan(known(), 'travel-2'), one), one)
  const theirs = signedIn(withPlan(mine, 'travel-10'), { ...person, subscriberId: 's2' }, fresh(), noon)
  expect(theirs.draft).toEqual({})
  expect(theirs).not.toHaveProperty('lastOrderId')
})

test('a new launch keeps sign-in and choice and brings device, transaction and errors', () => {
  const before = withPlan({ ...known(), transactionId: 'old', deviceErrors: [{ code: 'CardBusy' }] }, 'travel-2')
  const after = relaunched(before, { device: { eid: 'b' }, transactionId: 'new', errors: [{ code: 'Other' }] }, noon)
  expect(after).toMatchObject({ subscriberId: 's1', channel: 'webview', transactionId: 'new', device: { eid: 'b' } })
  expect(after.deviceErrors).toEqual([{ code: 'Other' }])
  expect(after.draft.planId).toBe('travel-2')
  expect(relaunched(before, { device: {}, errors: [] }, noon)).not.toHaveProperty('transactionId')
})
