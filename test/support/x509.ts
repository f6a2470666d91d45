/** Certificates of any kind for tests, made in the process: also ones that no authority would issue. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'

/** A certificate with its key, and what it needs to issue others. */
export interface Issued {
  /** PEM. */
  cert: string
  key: string
  /** Base64 of the DER. */
  base64: string
  /** SHA-256, 64 hexadecimal digits. */
  thumbprint: string
  subject: Subject
  keys: { publicKey: KeyObject; privateKey: KeyObject }
}

/** Attributes in the order in which they are written; `+` in a name would not be understood. */
export type Subject = readonly (readonly [keyof typeof attributeTypes, string])[]

/** What to issue; a leaf for clients, valid for a day from an hour ago, unless it says otherwise. */
export interface Wanted {
  subject: Subject
  /** Absent: signed by its own key. */
  issuer?: Issued | undefined
  notBefore?: Date
  notAfter?: Date
  ca?: boolean
  /** Extended key usage; `none`: without the extension. */
  usage?: 'client' | 'server' | 'none'
  /** Kind of its own key; what signs it is the issuer's. Default P-256. */
  key?: 'ec' | 'rsa'
  /** For a server certificate. */
  names?: readonly string[]
}

const attributeTypes = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
} as const
const hour = 60 * 60_000

/** Issues a certificate. */
export function issue(wanted: Wanted): Issued {
  const { subject, issuer, ca = false, usage = 'client', names = [], key = 'ec' } = wanted
  const { notBefore = new Date(Date.now() - hour), notAfter = new Date(Date.now() + 24 * hour) } = wanted
  const keys =
    key === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signer = issuer?.keys.privateKey ?? keys.privateKey
  const extensions = [
    extension('2.5.29.19', sequence(ca ? boolean(true) : Buffer.alloc(0)), true),
    ...(usage === 'none' || ca ? [] : [extension('2.5.29.37', sequence(oid(usages[usage])))]),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names.map(alternativeName)))]),
  ]
  // ecdsa-with-SHA256, or sha256WithRSAEncryption with its NULL.
  const algorithm =
    signer.asymmetricKeyType === 'ec'
      ? sequence(oid('1.2.840.10045.4.3.2'))
      : sequence(oid('1.2.840.113549.1.1.11'), Buffer.from([0x05, 0x00]))
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name(issuer?.subject ?? subject),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', toBeSigned, signer)
  const der = sequence(toBeSigned, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const certificate = new X509Certificate(der)
  return {
    cert: certificate.toString(),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    base64: der.toString('base64'),
    thumbprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject,
    keys,
  }
}

const usages = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const

function tagged(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: Uint8Array[]) => tagged(0x30, ...parts)
const integer = (bytes: Buffer) => tagged(0x02, bytes)
const boolean = (value: boolean) => tagged(0x01, Buffer.from([value ? 0xff : 0]))

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return tagged(0x06, Buffer.from([first * 40 + second, ...bytes]))
}

function time(at: Date): Buffer {
  const text = `${at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  const early = at.getUTCFullYear() < 2050
  return tagged(early ? 0x17 : 0x18, Buffer.from(early ? text.slice(2) : text))
}

function name(subject: Subject): Buffer {
  return sequence(
    ...subject.map(([type, value]) =>
      tagged(0x31, sequence(oid(attributeTypes[type]), tagged(0x0c, Buffer.from(value)))),
    ),
  )
}

function extension(type: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), tagged(0x04, value))
}

function alternativeName(text: string): Buffer {
  const address = text.split('.').map(Number)
  const isAddress = address.length === 4 && address.every(Number.isInteger)
  return isAddress ? tagged(0x87, Buffer.from(address)) : tagged(0x82, Buffer.from(text))
}
