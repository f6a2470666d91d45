import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { createMemoryDocumentStore, type StoreOperation } from '../../platform/memory-document-store'
import { createAccounts, type Login } from './accounts'
import { lockAfter } from './attempts'
import { loginId, normaliseEmail } from './email'
import { passwordProblem } from './password-rules'
import { seedAccount } from './seed-account'

const email = 'mia@example.net'
const password = 'correct horse battery'
const key = new Uint8Array(32).fill(1)
let now = new Date('2026-03-02T12:00:00Z')
let operations: StoreOperation[] = []
const pass = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000)
}
const open = () => {
  const documents = createMemoryDocumentStore({
    now: () => now,
    before: (operation) => void operations.push(operation),
  })
  return { documents, loginKey: async () => key, randomBytes }
}
let options = open()
const accounts = () => createAccounts(options)

beforeEach(() => {
  operations = []
  options = open()
})

test('a new account can be signed in to, in any spelling of its address', async () => {
  const made = await accounts().signUp(email, password, now)
  expect(made).toMatchObject({
    ok: true,
    created: true,
    subscriberId: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{26}$/),
  })
  expect(await accounts().signIn(' MIA@Example.net ', password, now)).toEqual({ ...made, created: false })
})

test('after the key has changed, people sign in as before, and their logins move to the new key', async () => {
  const made = await accounts().signUp(email, password, now)
  const newKey = new Uint8Array(32).fill(2)
  const after = createAccounts({ ...options, loginKey: async () => newKey, olderLoginKeys: async () => [key] })
  expect(await after.signIn(email, 'not the password', now)).toEqual({ ok: false, reason: 'mismatch' })
  expect(await after.signUp(email, password, now)).toEqual({ ...made, created: false })

  const underNewKeyOnly = createAccounts({ ...options, loginKey: async () => newKey })
  expect(await underNewKeyOnly.signIn(email, password, now)).toEqual({ ...made, created: false })
  expect(await accounts().signIn(email, password, now)).toEqual({ ok: false, reason: 'mismatch' })
})

test('while some processes have the new key first and others the old one, all find the same account', async () => {
  const newKey = new Uint8Array(32).fill(2)
  const [oldFirst, newFirst] = [
    createAccounts({ ...options, olderLoginKeys: async () => [newKey] }),
    createAccounts({ ...options, loginKey: async () => newKey, olderLoginKeys: async () => [key] }),
  ]
  const made = await oldFirst.signUp(email, password, now)
  for (const one of [newFirst, oldFirst, newFirst, newFirst, oldFirst])
    expect(await one.signIn(email, password, now)).toEqual({ ...made, created: false })
})

test('with an older key, too, known and unknown addresses cost the same calls on the store', async () => {
  await accounts().signUp(email, password, now)
  const newKey = new Uint8Array(32).fill(2)
  const after = createAccounts({ ...options, loginKey: async () => newKey, olderLoginKeys: async () => [key] })
  const calls = []
  for (const who of [email, 'nobody@example.net']) {
    operations = []
    await after.signIn(who, 'not the password', now)
    calls.push(operations.map(({ name, container }) => `${name} ${container}`))
  }
  expect(calls[0]).toEqual(calls[1])
})

test('the store holds neither address nor password', async () => {
  await accounts().signUp(email, password, now)
  const id = loginId(key, email, 'login')
  const login = (await options.documents.get<Login>('logins', id, id))?.value
  expect(login?.password).toMatchObject({ N: 32768, r: 8, p: 1 })
  expect(JSON.stringify([login, operations])).not.toMatch(/mia|example|correct/i)
})

test('wrong password and unknown address get the same answer, by the same calls on the store', async () => {
  await accounts().signUp(email, password, now)
  const answers = []
  for (const who of [email, 'nobody@example.net']) {
    operations = []
    const answer = await accounts().signIn(who, 'not the password', now)
    answers.push({ answer, calls: operations.map(({ name, container }) => `${name} ${container}`) })
  }
  expect(answers[0]?.answer).toEqual({ ok: false, reason: 'mismatch' })
  expect(answers[1]).toEqual(answers[0])
})

test('an unknown address costs the hashing that a known one costs', async () => {
  await accounts().signUp(email, password, now)
  const time = async (who: string) => {
    const started = process.cpuUsage()
    await accounts().signIn(who, 'not the password', now)
    const { user, system } = process.cpuUsage(started)
    return user + system
  }
  const [known, unknown] = [await time(email), await time('nobody@example.net')]
  // scrypt of 32 MB takes tens of milliseconds of processor time; a look-up without it, one or two.
  expect(Math.min(known, unknown)).toBeGreaterThan(10_000)
})

test('signing up again with the same password signs in, with another one reveals no more than a sign-in', async () => {
  const made = await accounts().signUp(email, password, now)
  expect(await accounts().signUp(email, password, now)).toEqual({ ...made, created: false })
  expect(await accounts().signUp(email, 'some other password', now)).toEqual({ ok: false, reason: 'mismatch' })
  expect(await accounts().signIn(email, password, now)).toMatchObject({ ok: true })
})

test('two sign-ups at once make one account', async () => {
  const both = await Promise.all([accounts().signUp(email, password, now), accounts().signUp(email, password, now)])
  const ids = both.map((result) => result.ok && result.subscriberId)
  expect(ids[0]).toBe(ids[1])
  expect(both.filter((result) => result.ok && result.created)).toHaveLength(1)
})

describe('after ten failures', { timeout: 30_000 }, () => {
  test.each([email, 'nobody@example.net'])('the address rests, known or not: %s', async (who) => {
    await accounts().signUp(email, password, now)
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await accounts().signIn(who, `guess number ${tries}`, now)).toEqual({ ok: false, reason: 'mismatch' })
    }
    expect(await accounts().signIn(who, password, now)).toEqual({ ok: false, reason: 'locked' })
    pass(1.1)
    expect(await accounts().signIn(who, 'guess eleven', now)).toEqual({ ok: false, reason: 'mismatch' })
    pass(1.1)
    expect(await accounts().signIn(who, password, now)).toEqual({ ok: false, reason: 'locked' })
  })

  test('the rest doubles from a minute to a quarter of an hour', () => {
    expect([9, 10, 11, 13, 14, 99].map((failures) => lockAfter(failures) / 60_000)).toEqual([0, 1, 2, 8, 15, 15])
  })

  test('many guesses at once do not outrun the counter', async () => {
    await accounts().signUp(email, password, now)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => accounts().signIn(email, `guess ${n} of many`, now)),
    )
    expect(answers.filter((answer) => !answer.ok && answer.reason === 'mismatch').length).toBeLessThanOrEqual(10)
  })

  test('sign-up is no way around, and an unknown address may still be signed up once the rest is over', async () => {
    await accounts().signUp(email, password, now)
    for (const who of [email, 'new@example.net']) {
      for (let tries = 0; tries < 10; tries += 1) await accounts().signIn(who, 'a wrong password', now)
    }
    expect(await accounts().signUp(email, password, now)).toEqual({ ok: false, reason: 'locked' })
    pass(1.1)
    expect(await accounts().signUp('new@example.net', password, now)).toMatchObject({ ok: true, created: true })
  })

  test('a sign-in in between begins the count anew', async () => {
    await accounts().signUp(email, password, now)
    for (let round = 0; round < 2; round += 1) {
      for (let tries = 0; tries < 8; tries += 1) await accounts().signIn(email, 'a wrong password', now)
      expect(await accounts().signIn(email, password, now)).toMatchObject({ ok: true })
    }
  })
})

test('the demo account is made once', async () => {
  const first = await seedAccount(options, { email, password, name: 'Mia' }, now)
  expect(await seedAccount(options, { email, password, name: 'Mia' }, now)).toEqual({ ...first, created: false })
  await expect(
    seedAccount(options, { email, password: 'some other password', name: 'Mia' }, now),
  ).rejects.toMatchObject({
    code: 'seed_account_refused',
  })
})

test.each<[string, string | undefined]>([
  ['mia@example.net', 'mia@example.net'],
  [' Mia@EXAMPLE.net\n', 'mia@example.net'],
  ['ｍｉａ@example.net', 'mia@example.net'],
  ['mia@localhost', undefined],
  ['mia@@example.net', undefined],
  ['mia example@example.net', undefined],
  ['<mia@example.net>', undefined],
  [`${'a'.repeat(60)}@${'b'.repeat(200)}.net`, undefined],
  ['', undefined],
])('the address %j reads as %j', (text, address) => {
  expect(normaliseEmail(text)).toBe(address)
})

test.each<[string, string | undefined]>([
  ['short', 'password-short'],
  ['123456789', 'password-short'],
  ['😀😀😀😀😀', 'password-short'],
  ['a'.repeat(129), 'password-long'],
  ['aaaaaaaaaaaa', 'password-known'],
  ['Password123', 'password-known'],
  ['MIA@example.net', 'password-known'],
  ['fjordline mobile', 'password-known'],
  ['no digits nor signs', undefined],
  ['пароль из слов', undefined],
])('as a new password %j: %j', (text, problem) => {
  expect(passwordProblem(text, [email, 'Fjordline Mobile'])).toBe(problem)
})
