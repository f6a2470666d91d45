/** Decides who a caller of the endpoints for machines is. Pure but for the keys of tokens, which are fetched. */

import type { SystemRight } from '../domain/access-schema'
import { basicCredentialsMatch } from '../operator-api/basic-credentials'
import type { Access, SystemAccess } from './access'
import type { BearerConfig, BearerVerdict } from './bearer-token'
import type { CertificatePolicy, CertificateVerdict } from './client-certificate'

/** Whose endpoint it is; those of the operator's systems are named for what they are for. */
export type Endpoint = 'mobilePlans' | 'smdp' | SystemRight

/** Somebody who was admitted. `key` tells callers apart, for limits; it is no secret and no personal data. */
export interface Caller {
  kind: 'mobilePlans' | 'smdp' | 'systems' | 'development'
  key: string
}

/** What a caller shows. */
export interface Credentials {
  /** Header `Authorization`. */
  authorization: string | null
  /** The client certificate that the platform vouches for, base64 of its DER; `null`: none, or nobody vouches. */
  certificate: string | null
}

/** Why nobody was admitted. `problem` is a code for the log. */
export interface Refusal {
  status: 401 | 403 | 503
  message: string
  /** Value of `WWW-Authenticate`. */
  challenge?: string
  problem: string
  /** SHA-256 of the certificate shown. */
  thumbprint?: string | undefined
  /** Names of the operator's system that was recognised. */
  system?: string
  /** Somebody must look: it will not mend by itself, and may hit a rightful caller. */
  alert?: boolean
}

export type Admission = { ok: true; caller: Caller } | { ok: false; refusal: Refusal }

/** What the decision stands on. */
export interface AdmitParts {
  access: Access
  /** `user:password` that was given to Microsoft. */
  basic?: string | undefined
  /** Present where a system brings tokens. */
  bearer?: ((config: BearerConfig, token: string) => Promise<BearerVerdict>) | undefined
  /** Where an endpoint that nobody has configured is open: a development machine. */
  development: boolean
  now: Date
}

const basicChallenge = 'Basic realm="operator API", charset="UTF-8"'
/** HTTP wants a challenge with each 401, and registers none for certificates of the TLS handshake. */
const certificateChallenge = 'Certificate realm="operator API"'
const bearerChallenge = 'Bearer realm="operator API"'

/** Decides about one request. Never says of credentials more than whether they are accepted. */
export async function admit(endpoint: Endpoint, shown: Credentials, parts: AdmitParts): Promise<Admission> {
  switch (endpoint) {
    case 'mobilePlans':
      return admitMobilePlans(shown, parts)
    case 'smdp': {
      const certificates = parts.access.smdp?.certificates
      if (certificates === undefined) return unconfigured(parts, certificateChallenge)
      return byCertificate('smdp', shown, certificates, parts.now)
    }
    case 'usage':
    case 'callbacks':
    case 'readiness':
      return admitSystem(endpoint, shown, parts)
  }
}

async function admitMobilePlans(shown: Credentials, parts: AdmitParts): Promise<Admission> {
  const { mobilePlans } = parts.access
  if (mobilePlans === undefined)
    return parts.basic === undefined ? unconfigured(parts, basicChallenge) : byBasic(shown, parts.basic)
  const { methods, certificates } = mobilePlans
  if (methods === 'basic') return byBasic(shown, parts.basic)
  const certified = await byCertificate('mobilePlans', shown, certificates, parts.now)
  switch (methods) {
    case 'certificate':
      return certified
    case 'both': {
      if (!certified.ok) return certified
      const basic = byBasic(shown, parts.basic)
      return basic.ok ? certified : basic
    }
    case 'either': {
      if (certified.ok) return certified
      // Who sends a password is answered about the password, who shows a certificate about the certificate.
      const basic = byBasic(shown, parts.basic)
      if (basic.ok || certified.refusal.problem === 'missing') return basic
      return certified
    }
  }
}

/** With certificates and tokens configured, one of the two admits; a token that was sent decides. */
async function admitSystem(right: SystemRight, shown: Credentials, parts: AdmitParts): Promise<Admission> {
  const { systems } = parts.access
  if (systems === undefined) return unconfigured(parts, bearerChallenge)
  const { bearer } = parts
  const token = /^bearer +(\S+)$/i.exec(shown.authorization ?? '')?.[1]
  const takesTokens = bearer !== undefined && systems.some(({ oauth }) => oauth !== undefined)
  const takesCertificates = systems.some(({ certificates }) => certificates !== undefined)
  if (takesTokens && (token !== undefined || !takesCertificates)) return systemByToken(right, token, systems, bearer)
  if (!takesCertificates) return unconfigured({ ...parts, development: false }, bearerChallenge)
  const admission = await systemByCertificate(right, shown, systems, parts.now)
  if (admission.ok || !takesTokens || admission.refusal.status !== 401) return admission
  return { ok: false, refusal: { ...admission.refusal, challenge: bearerChallenge } }
}

async function systemByToken(
  right: SystemRight,
  token: string | undefined,
  systems: readonly SystemAccess[],
  check: NonNullable<AdmitParts['bearer']>,
): Promise<Admission> {
  if (token === undefined)
    return refuse({ status: 401, message: 'a bearer token is needed', challenge: bearerChallenge, problem: 'missing' })
  const known: SystemAccess[] = []
  const refused: Extract<BearerVerdict, { ok: false }>[] = []
  for (const system of systems) {
    if (system.oauth === undefined) continue
    const verdict = await check(system.oauth, token)
    if (!verdict.ok) refused.push(verdict)
    else if (system.may.includes(right))
      return { ok: true, caller: { kind: 'systems', key: `token:${verdict.subject}` } }
    else known.push(system)
  }
  const scopeChallenge = `${bearerChallenge}, error="insufficient_scope"`
  if (known.length > 0) return refuse({ ...notAllowed(right, known), challenge: scopeChallenge })
  // Who was recognised by one issuer is told so; while another's keys are away, nothing can be said.
  const problemOf = (because: (typeof refused)[number]['because']) =>
    refused.find((it) => it.because === because)?.problem
  const [roleless, unchecked] = [problemOf('role-missing'), problemOf('keys-unavailable')]
  if (roleless !== undefined) {
    const message = 'the token lacks the role that is needed'
    return refuse({ status: 403, message, challenge: scopeChallenge, problem: roleless })
  }
  if (unchecked !== undefined)
    return refuse({ status: 503, message: 'tokens cannot be checked at the moment', problem: unchecked, alert: true })
  const challenge = `${bearerChallenge}, error="invalid_token"`
  return refuse({ status: 401, message: 'the token is not accepted', challenge, problem: problemOf('invalid') ?? '' })
}

async function systemByCertificate(
  right: SystemRight,
  shown: Credentials,
  systems: readonly SystemAccess[],
  now: Date,
): Promise<Admission> {
  const known: SystemAccess[] = []
  const refused: Refusal[] = []
  for (const system of systems) {
    if (system.certificates === undefined) continue
    const admission = await byCertificate('systems', shown, system.certificates, now)
    if (!admission.ok) refused.push(admission.refusal)
    else if (system.may.includes(right)) return admission
    else known.push(system)
  }
  if (known.length > 0) return refuse(notAllowed(right, known))
  // The certificate of one system is a stranger's to the others: what somebody must look at comes first.
  const refusal = refused.find(({ alert }) => alert) ?? refused[0]
  return refusal === undefined
    ? unconfigured({ access: {}, development: false, now }, bearerChallenge)
    : refuse(refusal)
}

const deeds: Record<SystemRight, string> = {
  usage: 'send usage',
  callbacks: 'have callbacks made',
  readiness: 'ask for readiness',
}

function notAllowed(right: SystemRight, known: readonly SystemAccess[]): Refusal {
  const message = `this system may not ${deeds[right]}: "${right}" is missing in its "may"`
  return { status: 403, message, problem: 'not-allowed', system: known.map(({ name }) => name).join(', ') }
}

function byBasic({ authorization }: Credentials, expected: string | undefined): Admission {
  if (expected !== undefined && basicCredentialsMatch(authorization, expected))
    return { ok: true, caller: { kind: 'mobilePlans', key: 'basic' } }
  const message = 'credentials are missing or wrong'
  const problem = expected === undefined ? 'basic-not-configured' : authorization ? 'wrong-basic' : 'missing'
  return refuse({ status: 401, message, challenge: basicChallenge, problem, alert: expected === undefined })
}

async function byCertificate(
  kind: Caller['kind'],
  { certificate }: Credentials,
  policy: CertificatePolicy,
  now: Date,
): Promise<Admission> {
  const { checkClientCertificate } = await import('./client-certificate')
  const verdict = checkClientCertificate(certificate, policy, now)
  if (verdict.ok) return { ok: true, caller: { kind, key: `certificate:${verdict.thumbprint}` } }
  return refuse({
    status: verdict.status,
    message: messageOf(verdict),
    ...(verdict.status === 401 ? { challenge: certificateChallenge } : {}),
    problem: verdict.problem,
    thumbprint: verdict.thumbprint,
    alert: verdict.problem === 'unknown-issuer',
  })
}

/** The dates stand in the caller's own certificate; what we compare the rest with is none of its business. */
function messageOf({ problem }: Extract<CertificateVerdict, { ok: false }>): string {
  if (problem === 'missing') return 'a client certificate is needed'
  if (problem === 'expired') return 'the client certificate has expired'
  if (problem === 'not-yet-valid') return 'the client certificate is not valid yet'
  return 'the client certificate is not accepted'
}

function unconfigured({ development }: AdmitParts, challenge: string): Admission {
  if (development) return { ok: true, caller: { kind: 'development', key: 'development' } }
  return refuse({ status: 401, message: 'credentials are missing or wrong', challenge, problem: 'not-configured' })
}

function refuse(refusal: Refusal): Admission {
  return { ok: false, refusal }
}
