/** Decides who a caller of the endpoints for machines is. Pure but for the keys of tokens, which are fetched. */
import { basicCredentialsMatch } from '../operator-api/basic-credentials'
import type { Access } from './access'
import type { BearerCheck } from './bearer-token'
import type { CertificatePolicy, CertificateVerdict } from './client-certificate'

/** Whose endpoint it is. */
export type Endpoint = 'mobilePlans' | 'smdp' | 'systems'

/** Somebody who was admitted. `key` tells callers apart, for limits; it is no secret and no personal data. */
export interface Caller {
  kind: Endpoint | 'development'
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
  /** Somebody must look: it will not mend by itself, and may hit a rightful caller. */
  alert?: boolean
}

export type Admission = { ok: true; caller: Caller } | { ok: false; refusal: Refusal }

/** What the decision stands on. */
export interface AdmitParts {
  access: Access
  /** `user:password` that was given to Microsoft. */
  basic?: string | undefined
  bearer?: BearerCheck | undefined
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
    case 'systems':
      return admitSystem(shown, parts)
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
async function admitSystem(shown: Credentials, parts: AdmitParts): Promise<Admission> {
  const { systems } = parts.access
  if (systems === undefined) return unconfigured(parts, bearerChallenge)
  const token = /^bearer +(\S+)$/i.exec(shown.authorization ?? '')?.[1]
  if (parts.bearer !== undefined && (token !== undefined || systems.certificates === undefined))
    return byBearer(token, parts.bearer)
  if (systems.certificates === undefined) return unconfigured({ ...parts, development: false }, bearerChallenge)
  const admission = await byCertificate('systems', shown, systems.certificates, parts.now)
  if (admission.ok || parts.bearer === undefined || admission.refusal.status !== 401) return admission
  return { ok: false, refusal: { ...admission.refusal, challenge: bearerChallenge } }
}

async function byBearer(token: string | undefined, check: BearerCheck): Promise<Admission> {
  if (token === undefined)
    return refuse({ status: 401, message: 'a bearer token is needed', challenge: bearerChallenge, problem: 'missing' })
  const verdict = await check(token)
  if (verdict.ok) return { ok: true, caller: { kind: 'systems', key: `token:${verdict.subject}` } }
  const { problem } = verdict
  switch (verdict.because) {
    case 'invalid': {
      const challenge = `${bearerChallenge}, error="invalid_token"`
      return refuse({ status: 401, message: 'the token is not accepted', challenge, problem })
    }
    case 'role-missing': {
      const challenge = `${bearerChallenge}, error="insufficient_scope"`
      return refuse({ status: 403, message: 'the token lacks the role that is needed', challenge, problem })
    }
    case 'keys-unavailable':
      return refuse({ status: 503, message: 'tokens cannot be checked at the moment', problem, alert: true })
  }
}

function byBasic({ authorization }: Credentials, expected: string | undefined): Admission {
  if (expected !== undefined && basicCredentialsMatch(authorization, expected))
    return { ok: true, caller: { kind: 'mobilePlans', key: 'basic' } }
  const message = 'credentials are missing or wrong'
  const problem = expected === undefined ? 'basic-not-configured' : authorization ? 'wrong-basic' : 'missing'
  return refuse({ status: 401, message, challenge: basicChallenge, problem, alert: expected === undefined })
}

async function byCertificate(
  kind: Endpoint,
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
