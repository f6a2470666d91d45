import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Issued, issue, type Subject, type Wanted } from '../../test/support/x509'
import { mobilePlansSubject } from './access'
import {
  CertificateBundleError,
  type CertificatePolicy,
  checkClientCertificate,
  readCertificates,
} from './client-certificate'
import { digicertGlobalRootG2 } from './digicert-global-root-g2'

const now = new Date('2026-11-22T12:00:00Z')
const at = (text: string) => new Date(text)
const years = { notBefore: at('2020-01-01T00:00:00Z'), notAfter: at('2030-01-01T00:00:00Z') }
const service: Subject = [
  ['C', 'US'],
  ['ST', 'WA'],
  ['L', 'Redmond'],
  ['O', 'Microsoft Corporation'],
  ['CN', 'partners.datamart.windows.com'],
]
const authority = (name: string, issuer?: Issued, more: Partial<Wanted> = {}) =>
  issue({ subject: [['CN', name]], ca: true, issuer, ...years, ...more })
const root = authority('root')
const middle = authority('middle', root)
const leaf = (more: Partial<Wanted> = {}) => issue({ subject: service, issuer: middle, ...years, ...more })
const right = leaf()
const read = ({ cert }: Issued) => new X509Certificate(cert)
const policy: CertificatePolicy = {
  roots: [read(root)],
  intermediates: [read(middle)],
  subject: mobilePlansSubject,
  thumbprints: new Set(),
}
const verdict = (certificate: Issued, more: Partial<CertificatePolicy> = {}, when = now) =>
  checkClientCertificate(certificate.base64, { ...policy, ...more }, when)
const refused = (status: number, problem: string) => ({ ok: false, status, problem })

describe('a certificate', () => {
  test('of the right chain and subject is accepted, and told by its thumbprint', () => {
    expect(verdict(right)).toEqual({ ok: true, thumbprint: right.thumbprint })
  })

  test('may come straight from a root, or over several intermediates in any order', () => {
    const lower = authority('lower', middle)
    const lowest = authority('lowest', lower)
    expect(verdict(leaf({ issuer: root })).ok).toBe(true)
    expect(verdict(leaf({ issuer: lowest }), { intermediates: [lowest, middle, lower].map(read) }).ok).toBe(true)
  })

  test('may have keys of either kind in its chain, as those of DigiCert are RSA', () => {
    const rsaRoot = authority('rsa root', undefined, { key: 'rsa' })
    const rsaMiddle = authority('rsa middle', rsaRoot, { key: 'rsa' })
    const ecMiddle = authority('ec middle', rsaRoot)
    const known = { roots: [read(rsaRoot)], intermediates: [rsaMiddle, ecMiddle].map(read) }
    for (const issuer of [rsaRoot, rsaMiddle, ecMiddle])
      for (const key of ['rsa', 'ec'] as const) expect(verdict(leaf({ issuer, key }), known).ok).toBe(true)
    // Of the same name with a key of the other kind.
    const twin = authority('rsa middle', rsaRoot)
    expect(verdict(leaf({ issuer: twin }), known)).toMatchObject({ ok: false, status: 403 })
  })

  test('has its attributes in any order', () => {
    expect(verdict(leaf({ subject: [...service].reverse() })).ok).toBe(true)
  })

  test.each<[string, Subject]>([
    ['another name', [...service.slice(0, 4), ['CN', 'partners.datamart.windows.com.example']]],
    ['one attribute more', [...service, ['OU', 'Other']]],
    ['one attribute less', service.slice(1)],
    ['one attribute twice', [...service, ['CN', 'partners.datamart.windows.com']]],
    [
      'a line break that imitates another attribute',
      [['O', 'x\nCN=partners.datamart.windows.com'], ...service.slice(0, 3)],
    ],
    [
      'a plus that imitates another attribute',
      [...service.slice(0, 3), ['O', 'Microsoft Corporation + CN=partners.datamart.windows.com']],
    ],
    ['another case', [...service.slice(0, 4), ['CN', 'PARTNERS.datamart.windows.com']]],
  ])('with %s is not the subject that was agreed', (_name, subject) => {
    expect(verdict(leaf({ subject }))).toMatchObject(refused(403, 'wrong-subject'))
  })

  test('of any subject is accepted where none is asked for', () => {
    expect(verdict(leaf({ subject: [['CN', 'anybody']] }), { subject: undefined }).ok).toBe(true)
  })

  test('is refused before its first second and after its last, whatever else is wrong with it', () => {
    const span = { notBefore: at('2026-11-22T12:00:00Z'), notAfter: at('2026-11-23T12:00:00Z') }
    const brief = leaf(span)
    expect(verdict(brief, {}, at('2026-11-22T11:59:59Z'))).toMatchObject(refused(401, 'not-yet-valid'))
    expect(verdict(brief).ok).toBe(true)
    expect(verdict(brief, {}, at('2026-11-23T12:00:00Z')).ok).toBe(true)
    expect(verdict(brief, {}, at('2026-11-23T12:00:01Z'))).toMatchObject(refused(401, 'expired'))
    const stranger = issue({ subject: [['CN', 'x']], ...span })
    expect(verdict(stranger, {}, at('2027-01-01T00:00:00Z'))).toMatchObject(refused(401, 'expired'))
    expect(verdict(brief, { thumbprints: new Set([brief.thumbprint]) }, at('2027-01-01T00:00:00Z'))).toMatchObject(
      refused(401, 'expired'),
    )
  })

  test('is refused when an authority above it has expired', () => {
    const old = authority('old', root, { notAfter: at('2026-01-01T00:00:00Z') })
    expect(verdict(leaf({ issuer: old }), { intermediates: [read(old)] }).ok).toBe(false)
    const oldRoot = authority('old root', undefined, { notAfter: at('2026-01-01T00:00:00Z') })
    expect(verdict(leaf({ issuer: oldRoot }), { roots: [read(oldRoot)] }).ok).toBe(false)
  })

  test('that signs itself, or comes from an authority of the same name, is refused', () => {
    expect(verdict(leaf({ issuer: undefined }))).toMatchObject(refused(403, 'unknown-issuer'))
    const twin = authority('middle', authority('root'))
    expect(verdict(leaf({ issuer: twin }))).toMatchObject(refused(403, 'untrusted'))
    expect(verdict(leaf({ issuer: twin }), { intermediates: [read(twin)] })).toMatchObject(refused(403, 'untrusted'))
  })

  test('of an intermediate that is not configured is told from all other strangers', () => {
    expect(verdict(right, { intermediates: [] })).toMatchObject(refused(403, 'unknown-issuer'))
  })

  test('cannot stand on a certificate that is no authority', () => {
    const fake = leaf({ subject: [['CN', 'fake']] })
    expect(verdict(leaf({ issuer: fake }), { intermediates: [read(middle), read(fake)] })).toMatchObject(
      refused(403, 'unknown-issuer'),
    )
  })

  test('for servers, and an authority itself, are no client certificates; without extended usage one is', () => {
    expect(verdict(leaf({ usage: 'server' }))).toMatchObject(refused(403, 'wrong-usage'))
    expect(verdict(leaf({ ca: true }))).toMatchObject(refused(403, 'wrong-usage'))
    expect(verdict(leaf({ usage: 'none' })).ok).toBe(true)
  })

  test('that is trusted by its thumbprint needs neither chain nor subject', () => {
    const lone = issue({ subject: [['CN', 'lone']], ...years })
    expect(verdict(lone).ok).toBe(false)
    expect(verdict(lone, { thumbprints: new Set([lone.thumbprint]), roots: [] })).toEqual({
      ok: true,
      thumbprint: lone.thumbprint,
    })
  })

  test('two authorities that have signed each other do not lead round in circles', () => {
    const one = authority('one')
    const two = authority('two', one)
    const oneAgain: Issued = { ...authority('one', two), keys: one.keys }
    expect(verdict(leaf({ issuer: one }), { intermediates: [two, oneAgain, one].map(read) }).ok).toBe(false)
  })
})

describe('the header', () => {
  test.each([undefined, null, '', '  '])('%j is no certificate', (header) => {
    expect(checkClientCertificate(header, policy, now)).toEqual(refused(401, 'missing'))
  })

  test.each([
    'x',
    'not base64!',
    right.cert,
    right.base64.slice(0, 400),
    `${right.base64},${right.base64}`,
    Buffer.from(right.base64, 'base64').toString('base64url').replace(/^/, '-'),
    'A'.repeat(16_385),
    'A'.repeat(1_000_000),
    '%00',
  ])('that is garbage is refused', (header) => {
    expect(checkClientCertificate(header, policy, now)).toEqual(refused(403, 'malformed'))
  })
})

describe('a bundle of certificates', () => {
  test('is read in PEM, with whatever stands between them', () => {
    expect(readCertificates(`root\n${root.cert}\nmiddle: \r\n${middle.cert}`).map(({ subject }) => subject)).toEqual([
      'CN=root',
      'CN=middle',
    ])
  })

  test('without any, or with a broken one, says so and shows nothing of it', () => {
    expect(() => readCertificates(root.key)).toThrow(CertificateBundleError)
    const broken = root.cert.replace(/\n[^-]{10}/, '\n!!!!!!!!!!')
    expect(() => readCertificates(middle.cert + broken)).toThrow('certificate 2 in it cannot be read')
  })

  test('that comes with the app is DigiCert Global Root G2', () => {
    const [certificate] = readCertificates(digicertGlobalRootG2)
    expect(certificate?.fingerprint256.replaceAll(':', '')).toBe(
      'CB3CCBB76031E5E0138F8DD39A23F9DE47FFC35E43C1144CEA27D46A5AB1CB5F',
    )
    expect(certificate?.serialNumber).toBe('033AF1E6A711A9A0BB2864B11D09FAE5')
    expect(certificate?.checkIssued(certificate)).toBe(true)
  })
})
