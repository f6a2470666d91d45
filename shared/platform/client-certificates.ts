/** Client certificates out of a vault, as mutual TLS wants them. */
import type { ClientTls, ClientTlsSource } from './http-call'
import type { Secret, Secrets } from './secrets'

/** A secret that should hold a certificate holds something else. Says which one, never what it holds. */
export class CertificateSecretError extends Error {
  readonly code = 'certificate_secret_invalid'
  constructor(name: string, problem: string) {
    super(`the secret ${name} ${problem}`)
    this.name = 'CertificateSecretError'
  }
}

/**
 * Reads what Key Vault gives for a certificate under the same name as a secret: PEM with key and chain
 * (`application/x-pem-file`), or PKCS#12 without a password in base64 (`application/x-pkcs12`).
 *
 * @throws {CertificateSecretError}
 * @see "About Azure Key Vault certificates", sections "Composition of a certificate" and "Exportable or non-exportable key"
 */
export function clientTlsOf(name: string, { text, contentType }: Secret): ClientTls {
  if (contentType === 'application/x-pkcs12') {
    const pfx = Buffer.from(text, 'base64')
    if (pfx.length === 0) throw new CertificateSecretError(name, 'holds no PKCS#12')
    return { pfx }
  }
  const key = pemBlocks(text, '[A-Z ]*PRIVATE KEY')
  const cert = pemBlocks(text, 'CERTIFICATE')
  if (key.length !== 1 || cert.length === 0) {
    throw new CertificateSecretError(name, 'must hold one private key and its certificate as PEM, or PKCS#12')
  }
  return { key: key.join(''), cert: cert.join('') }
}

function pemBlocks(text: string, label: string): string[] {
  const block = new RegExp(`-----BEGIN (${label})-----[A-Za-z0-9+/=\\s]+-----END \\1-----`, 'g')
  return [...text.matchAll(block)].map(([found]) => `${found}\n`)
}

/**
 * What we show to one partner and whom we trust to be it, for callers that ask before each call: the same object until a secret has a
 * new version, so that connections are made anew only then.
 *
 * @param names of the secrets: our certificate with its key, and the one authority (PEM) that the partner's own certificate must come
 * from, instead of the system's; either may be absent from the vault
 */
export function clientCertificates(
  secrets: Secrets,
  names: { certificate: string; authority: string },
): ClientTlsSource {
  let last: { read: readonly (Secret | undefined)[]; tls: ClientTls | undefined } | undefined
  return async () => {
    const reads = [secrets.read(names.certificate), secrets.read(names.authority)] as const
    await Promise.allSettled(reads) // a failure of one leaves no other behind that is under way
    const read = await Promise.all(reads)
    if (last !== undefined && read.every((secret, i) => secret === last?.read[i])) return last.tls
    const [certificate, authority] = read
    const tls: ClientTls = {
      ...(certificate && clientTlsOf(names.certificate, certificate)),
      ...(authority && { ca: authorityOf(names.authority, authority) }),
    }
    last = { read, tls: certificate || authority ? tls : undefined }
    return last.tls
  }
}

function authorityOf(name: string, { text }: Secret): string[] {
  const authorities = pemBlocks(text, 'CERTIFICATE')
  if (authorities.length === 0) throw new CertificateSecretError(name, 'must hold certificates as PEM')
  return authorities
}
