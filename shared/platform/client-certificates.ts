/** Client certificates out of a vault, as mutual TLS wants them. */
import type { ClientTls } from './http-call'
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
 * The certificate that we show to one partner, for callers that ask before each connection: the same object until the secret has a new
 * version, so that connections are made anew only then.
 *
 * @param name of the secret; where the vault has none, no certificate is shown
 * @param ca PEM of the one authority that the partner's own certificate must come from, instead of the system's
 */
export function clientCertificates(
  secrets: Secrets,
  name: string,
  ca?: string | undefined,
): () => Promise<ClientTls | undefined> {
  const authority: ClientTls | undefined = ca === undefined ? undefined : { ca }
  let last: { secret: Secret; tls: ClientTls } | undefined
  return async () => {
    const secret = await secrets.read(name)
    if (secret === undefined) return authority
    if (last?.secret !== secret) last = { secret, tls: { ...clientTlsOf(name, secret), ...authority } }
    return last.tls
  }
}
