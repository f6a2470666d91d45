import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { issue } from '../../test/support/x509'
import type { Access, SystemAccess } from './access'
import { type AdmitParts, admit, type Credentials, type Endpoint } from './admit'
import type { BearerConfig, BearerVerdict } from './bearer-token'

const root = issue({ subject: [['CN', 'root']], ca: true })
const issued = issue({ subject: [['CN', 'caller']], issuer: root })
const stranger = issue({ subject: [['CN', 'caller']] })
const expired = issue({ subject: [['CN', 'caller']], issuer: root, notAfter: new Date(Date.now() - 1000) })
const certificates = {
  roots: [new X509Certificate(root.cert)],
  intermediates: [],
  subject: { CN: 'caller' },
  thumbprints: new Set<string>(),
}
const shownCertificates = { none: null, right: issued.base64, wrong: stranger.base64, expired: expired.base64 }
const basic = 'service:secret'
const basicOf = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const shownBasic = { none: null, right: basicOf(basic), wrong: basicOf('service:other') }

const ask = (endpoint: Endpoint, shown: Partial<Credentials>, access: Access, more: Partial<AdmitParts> = {}) =>
  admit(
    endpoint,
    { authorization: null, certificate: null, ...shown },
    { access, basic, development: false, now: new Date(), ...more },
  )

/** What became of it: the key of the caller, or status and problem. */
async function outcome(...given: Parameters<typeof ask>): Promise<string> {
  const admission = await ask(...given)
  if (admission.ok) return admission.caller.key.replace(/:[0-9a-f]{64}$/, '')
  return `${admission.refusal.status} ${admission.refusal.problem}`
}

describe('the Mobile Plans service', () => {
  type Row = [certificate: keyof typeof shownCertificates, password: keyof typeof shownBasic, expected: string]
  const matrix: Record<'certificate' | 'basic' | 'both' | 'either', Row[]> = {
    certificate: [
      ['none', 'none', '401 missing'],
      ['none', 'right', '401 missing'],
      ['right', 'none', 'certificate'],
      ['right', 'wrong', 'certificate'],
      ['wrong', 'right', '403 unknown-issuer'],
      ['expired', 'right', '401 expired'],
    ],
    basic: [
      ['none', 'none', '401 missing'],
      ['right', 'none', '401 missing'],
      ['none', 'wrong', '401 wrong-basic'],
      ['right', 'wrong', '401 wrong-basic'],
      ['none', 'right', 'basic'],
      ['wrong', 'right', 'basic'],
    ],
    both: [
      ['none', 'none', '401 missing'],
      ['none', 'right', '401 missing'],
      ['right', 'none', '401 missing'],
      ['right', 'wrong', '401 wrong-basic'],
      ['wrong', 'right', '403 unknown-issuer'],
      ['expired', 'wrong', '401 expired'],
      ['right', 'right', 'certificate'],
    ],
    either: [
      ['none', 'none', '401 missing'],
      ['none', 'right', 'basic'],
      ['none', 'wrong', '401 wrong-basic'],
      ['right', 'none', 'certificate'],
      ['right', 'wrong', 'certificate'],
      ['wrong', 'right', 'basic'],
      ['wrong', 'none', '403 unknown-issuer'],
      ['wrong', 'wrong', '403 unknown-issuer'],
      ['expired', 'none', '401 expired'],
    ],
  }
  const rows = Object.entries(matrix).flatMap(([methods, list]) => list.map((row) => [methods, ...row] as const))

  test.each(rows)(
    'by %s, with the certificate %s and the password %s: %s',
    async (methods, shown, password, expected) => {
      const access = { mobilePlans: { methods: methods as keyof typeof matrix, certificates } }
      const credentials = { certificate: shownCertificates[shown], authorization: shownBasic[password] }
      expect(await outcome('mobilePlans', credentials, access)).toBe(expected)
    },
  )

  test('is asked for a password where only that is set', async () => {
    expect(await outcome('mobilePlans', { authorization: shownBasic.right }, {})).toBe('basic')
    expect(await outcome('mobilePlans', { authorization: shownBasic.wrong }, {})).toBe('401 wrong-basic')
    expect(await outcome('mobilePlans', { authorization: shownBasic.wrong }, {}, { development: true })).toBe(
      '401 wrong-basic',
    )
  })

  test('is refused, and somebody alerted, where a password is wanted that nobody has set', async () => {
    for (const methods of ['basic', 'both'] as const) {
      const shown = { certificate: issued.base64, authorization: shownBasic.right }
      const admission = await ask(
        'mobilePlans',
        shown,
        { mobilePlans: { methods, certificates } },
        { basic: undefined },
      )
      expect(admission).toMatchObject({ ok: false, refusal: { problem: 'basic-not-configured', alert: true } })
    }
  })

  test('is told which proof to bring, with each 401', async () => {
    for (const [methods, challenge] of [
      ['certificate', /^Certificate /],
      ['basic', /^Basic /],
      ['either', /^Basic /],
    ] as const) {
      const admission = await ask('mobilePlans', {}, { mobilePlans: { methods, certificates } })
      expect(admission).toMatchObject({ ok: false, refusal: { challenge: expect.stringMatching(challenge) } })
    }
  })
})

describe('an endpoint that nobody has configured', () => {
  test.each<Endpoint>(['mobilePlans', 'smdp', 'usage', 'callbacks', 'readiness'])(
    'is open in development and shut elsewhere: %s',
    async (endpoint) => {
      const shown = { certificate: issued.base64, authorization: shownBasic.right }
      const none = { basic: undefined }
      expect(await outcome(endpoint, shown, {}, { ...none, development: true })).toBe('development')
      expect(await outcome(endpoint, shown, {}, none)).toBe('401 not-configured')
    },
  )
})

describe('the SM-DP+', () => {
  test.each<[keyof typeof shownCertificates, string]>([
    ['none', '401 missing'],
    ['right', 'certificate'],
    ['wrong', '403 unknown-issuer'],
    ['expired', '401 expired'],
  ])('with the certificate %s: %s; a password is no substitute', async (shown, expected) => {
    const credentials = { certificate: shownCertificates[shown], authorization: shownBasic.right }
    expect(await outcome('smdp', credentials, { smdp: { certificates } }, { development: true })).toBe(expected)
  })
})

describe('a system of the operator', () => {
  const verdicts: Record<string, BearerVerdict> = {
    good: { ok: true, subject: 'monitoring' },
    bad: { ok: false, because: 'invalid', problem: 'ERR_JWT_EXPIRED' },
    roleless: { ok: false, because: 'role-missing', problem: 'role-missing' },
    early: { ok: false, because: 'keys-unavailable', problem: 'http-500' },
  }
  const bearer = async (_: BearerConfig, token: string): Promise<BearerVerdict> =>
    verdicts[token] ?? { ok: false, because: 'invalid', problem: 'ERR_JWS_INVALID' }
  const oauth = { issuer: 'https://login.example.net', audience: 'api', role: 'health.read' }
  const all: SystemAccess = { name: 'all', may: ['usage', 'callbacks', 'readiness'] }

  test.each<[string | null, string]>([
    [null, '401 missing'],
    ['Bearer good', 'token:monitoring'],
    ['bearer   good', 'token:monitoring'],
    ['Bearer bad', '401 ERR_JWT_EXPIRED'],
    ['Bearer what', '401 ERR_JWS_INVALID'],
    ['Bearer roleless', '403 role-missing'],
    ['Bearer early', '503 http-500'],
    [shownBasic.right, '401 missing'],
    ['Bearer', '401 missing'],
  ])('by token alone, with "%s": %s', async (authorization, expected) => {
    const shown = { authorization, certificate: issued.base64 }
    expect(await outcome('readiness', shown, { systems: [{ ...all, oauth }] }, { bearer })).toBe(expected)
  })

  test.each<[string | null, keyof typeof shownCertificates, string]>([
    [null, 'right', 'certificate'],
    [null, 'none', '401 missing'],
    [null, 'wrong', '403 unknown-issuer'],
    ['Bearer good', 'wrong', 'token:monitoring'],
    ['Bearer bad', 'right', '401 ERR_JWT_EXPIRED'],
  ])('by either, with "%s" and the certificate %s: %s', async (authorization, shown, expected) => {
    const credentials = { authorization, certificate: shownCertificates[shown] }
    expect(await outcome('usage', credentials, { systems: [{ ...all, oauth, certificates }] }, { bearer })).toBe(
      expected,
    )
  })

  test('is asked for a token with each 401 that a token would mend', async () => {
    for (const access of [{ systems: [{ ...all, oauth }] }, { systems: [{ ...all, oauth, certificates }] }])
      for (const authorization of [null, 'Bearer bad']) {
        const admission = await ask('callbacks', { authorization }, access, { bearer })
        const challenge = expect.stringMatching(authorization ? /^Bearer .*error="invalid_token"$/ : /^Bearer /)
        expect(admission).toMatchObject({ ok: false, refusal: { status: 401, challenge } })
      }
  })

  test('is known by its certificate where tokens are not taken, whatever else it sends', async () => {
    const shown = { authorization: 'Bearer good', certificate: issued.base64 }
    expect(await outcome('usage', shown, { systems: [{ ...all, certificates }] })).toBe('certificate')
  })
})

describe('several systems of the operator', () => {
  const middle = issue({ subject: [['CN', 'middle']], ca: true, issuer: root })
  const unknown = issue({ subject: [['CN', 'charging']], issuer: middle })
  const shown = (name: string) => issue({ subject: [['CN', name]], issuer: root }).base64
  const policy = (name: string) => ({ ...certificates, subject: { CN: name } })
  const oauthOf = (role: string) => ({ issuer: 'https://login.example.net', audience: 'api', role })
  const systems: SystemAccess[] = [
    { name: 'charging', may: ['usage'], certificates: policy('charging') },
    { name: 'shop', may: ['callbacks'], certificates: policy('shop'), oauth: oauthOf('shop') },
    { name: 'monitoring', may: ['readiness'], certificates: policy('monitoring'), oauth: oauthOf('health') },
  ]
  /** A token is the roles that it carries. */
  const bearer = async ({ role }: BearerConfig, token: string): Promise<BearerVerdict> => {
    if (token === 'away') return { ok: false, because: 'keys-unavailable', problem: 'timeout' }
    if (token === 'bad') return { ok: false, because: 'invalid', problem: 'ERR_JWT_EXPIRED' }
    const carried = token.split('+').includes(role)
    return carried ? { ok: true, subject: token } : { ok: false, because: 'role-missing', problem: 'role-missing' }
  }

  test.each<[Endpoint, string, string]>([
    ['usage', 'charging', 'certificate'],
    ['callbacks', 'charging', '403 not-allowed'],
    ['readiness', 'charging', '403 not-allowed'],
    ['usage', 'monitoring', '403 not-allowed'],
    ['readiness', 'monitoring', 'certificate'],
    ['callbacks', 'shop', 'certificate'],
    ['usage', 'nobody', '403 wrong-subject'],
  ])('for %s, with the certificate of %s: %s', async (endpoint, name, expected) => {
    expect(await outcome(endpoint, { certificate: shown(name) }, { systems }, { bearer })).toBe(expected)
  })

  test.each<[Endpoint, string, string]>([
    ['readiness', 'health', 'token:health'],
    ['usage', 'health', '403 not-allowed'],
    ['callbacks', 'health', '403 not-allowed'],
    ['callbacks', 'health+shop', 'token:health+shop'],
    ['usage', 'health+shop', '403 not-allowed'],
    ['readiness', 'other', '403 role-missing'],
    ['readiness', 'bad', '401 ERR_JWT_EXPIRED'],
    ['readiness', 'away', '503 timeout'],
  ])('for %s, with a token of %s: %s', async (endpoint, token, expected) => {
    const credentials = { authorization: `Bearer ${token}`, certificate: shown('charging') }
    expect(await outcome(endpoint, credentials, { systems }, { bearer })).toBe(expected)
  })

  test('who is known and may not is told what is missing, and the log who it is', async () => {
    const message = 'this system may not send usage: "usage" is missing in its "may"'
    const refusal = { status: 403, message, problem: 'not-allowed', system: 'monitoring' }
    const certificate = shown('monitoring')
    expect(await ask('usage', { certificate }, { systems }, { bearer })).toEqual({ ok: false, refusal })
    const challenge = 'Bearer realm="operator API", error="insufficient_scope"'
    const authorization = 'Bearer health'
    expect(await ask('usage', { authorization }, { systems }, { bearer })).toEqual({
      ok: false,
      refusal: { ...refusal, challenge },
    })
  })

  test('an authority that nobody knows alerts, whichever of them has it', async () => {
    const admission = await ask(
      'usage',
      { certificate: unknown.base64 },
      { systems: [...systems].reverse() },
      { bearer },
    )
    expect(admission).toMatchObject({ refusal: { status: 403, problem: 'unknown-issuer', alert: true } })
  })
})
