/**
 * Client certificates of machines, checked here because Azure checks nothing: the platform forwards whatever certificate the caller had,
 * as the header `X-ARR-ClientCert`, the leaf alone.
 *
 * The order of the checks decides the status that Microsoft's integration cases expect: none, expired or not yet valid is 401;
 * whatever else is wrong is 403.
 */
import { X509Certificate } from 'node:crypto'

/** Which certificates are accepted. */
export interface CertificatePolicy {
  /** Root certificates that a chain must end in. */
  roots: readonly X509Certificate[]
  /** Certificates between a root and a leaf: callers' leaves come alone. */
  intermediates: readonly X509Certificate[]
  /** Attributes that the subject must have, neither more nor fewer, in any order; absent: any subject of a trusted chain. */
  subject?: Readonly<Record<string, string>> | undefined
  /** SHA-256 of certificates that are accepted whoever signed them, as 64 hexadecimal digits: for the days of a change. */
  thumbprints: ReadonlySet<string>
}

/** Why a certificate is not accepted. */
export type CertificateProblem =
  | 'missing'
  | 'malformed'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-subject'
  | 'wrong-usage'
  | 'unknown-issuer'
  | 'untrusted'

/** Verdict about a caller. `thumbprint`: SHA-256 of the certificate, for the log. */
export type CertificateVerdict =
  | { ok: true; thumbprint: string }
  | { ok: false; status: 401 | 403; problem: CertificateProblem; thumbprint?: string }

/** Longest header that is looked at: a certificate has one or two kilobytes. */
const MAX_HEADER_LENGTH = 16_384
/** More certificates than any chain between a root and its leaf holds. */
const MAX_DEPTH = 5
/** Extended key usage "TLS client authentication" (RFC 5280 §4.2.1.12). */
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2'

/**
 * Checks the certificate of a request: dates, then thumbprint, subject, usage and chain.
 *
 * @param header `X-ARR-ClientCert`: base64 of the DER
 */
export function checkClientCertificate(
  header: string | null | undefined,
  policy: CertificatePolicy,
  now: Date,
): CertificateVerdict {
  if (header === null || header === undefined || header.trim() === '') return refuse('missing')
  const leaf = parse(header)
  if (leaf === undefined) return refuse('malformed')
  const thumbprint = thumbprintOf(leaf)
  const problem = problemOf(leaf, thumbprint, policy, now)
  return problem === undefined ? { ok: true, thumbprint } : { ...refuse(problem), thumbprint }
}

function problemOf(
  leaf: X509Certificate,
  thumbprint: string,
  policy: CertificatePolicy,
  now: Date,
): CertificateProblem | undefined {
  const dates = datesOf(leaf, now)
  if (dates !== undefined) return dates
  if (policy.thumbprints.has(thumbprint)) return undefined
  if (policy.subject !== undefined && !hasSubject(leaf, policy.subject)) return 'wrong-subject'
  if (leaf.ca || (leaf.keyUsage ?? [CLIENT_AUTHENTICATION]).every((usage) => usage !== CLIENT_AUTHENTICATION))
    return 'wrong-usage'
  return chainProblem(leaf, policy, now)
}

function datesOf(certificate: X509Certificate, now: Date): 'expired' | 'not-yet-valid' | undefined {
  if (!(now.getTime() >= Date.parse(certificate.validFrom))) return 'not-yet-valid'
  return now.getTime() <= Date.parse(certificate.validTo) ? undefined : 'expired'
}

/** Follows the issuers from the leaf to a root; every path is tried, since names of authorities repeat when they renew their keys. */
function chainProblem(leaf: X509Certificate, { roots, intermediates }: CertificatePolicy, now: Date) {
  const issuers = [...roots, ...intermediates].filter(({ ca }) => ca)
  const isRoot = new Set(roots.map(thumbprintOf))
  const leads = (certificate: X509Certificate, depth: number): boolean =>
    issuers.some((issuer) => {
      if (!certificate.checkIssued(issuer) || datesOf(issuer, now) !== undefined) return false
      if (!isSignedBy(certificate, issuer)) return false
      if (isRoot.has(thumbprintOf(issuer))) return true
      return depth < MAX_DEPTH && leads(issuer, depth + 1)
    })
  if (leads(leaf, 1)) return undefined
  // Nobody of that name is known: either a stranger, or an intermediate that is not configured yet. People must look.
  return issuers.some((issuer) => leaf.checkIssued(issuer)) ? 'untrusted' : 'unknown-issuer'
}

/** A key of another kind than the signature's makes OpenSSL throw rather than say no. */
function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}

function parse(header: string): X509Certificate | undefined {
  const text = header.trim()
  if (text.length > MAX_HEADER_LENGTH || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  try {
    return new X509Certificate(Buffer.from(text, 'base64'))
  } catch {
    return undefined
  }
}

function refuse(problem: CertificateProblem): Extract<CertificateVerdict, { ok: false }> {
  const status = problem === 'missing' || problem === 'expired' || problem === 'not-yet-valid' ? 401 : 403
  return { ok: false, status, problem }
}

/** SHA-256 of a certificate as 64 hexadecimal digits, lower case. */
export function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase()
}

/** The attributes are compared as a set: libraries write them in different orders. */
function hasSubject(certificate: X509Certificate, wanted: Readonly<Record<string, string>>): boolean {
  const have = attributesOf(certificate.subject)
  const want = Object.entries(wanted).map(([name, value]) => attribute(name, value))
  return have.length === want.length && want.every((item) => have.includes(item))
}

/** Node writes one attribute per line, several in one line joined by " + ", and escapes as RFC 2253 does. */
function attributesOf(subject: string): string[] {
  return subject
    .split(/\n| \+ /)
    .filter((line) => line !== '')
    .map((line) => {
      const split = line.indexOf('=')
      return attribute(line.slice(0, split), line.slice(split + 1).replaceAll(/\\(.)/g, '$1'))
    })
}

/** `S` is how some write `ST`. */
function attribute(name: string, value: string): string {
  const folded = name.trim().toUpperCase()
  return `${folded === 'S' ? 'ST' : folded}=${value.trim()}`
}

/**
 * Reads a bundle of certificates in PEM.
 *
 * @throws {CertificateBundleError} when it holds none, or one cannot be read
 */
export function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new CertificateBundleError('no certificate in PEM form in it')
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block)
    } catch (cause) {
      throw new CertificateBundleError(`certificate ${at + 1} in it cannot be read`, { cause })
    }
  })
}

/** A file of certificates that cannot be used. */
export class CertificateBundleError extends Error {
  readonly code = 'certificates_unreadable'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'CertificateBundleError'
  }
}
