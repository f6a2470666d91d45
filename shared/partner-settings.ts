/** How the other companies' systems know us: the app settings for certificates and access tokens, which are the same for each of them. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import * as v from 'valibot'
import type { OauthConfig } from './platform/access-token'
import type { ClientTls } from './platform/http-call'

/** Systems with settings of their own; the names begin with these. */
type TlsPartner = 'ES2PLUS' | OauthPartner
type OauthPartner = 'BILLING' | 'PROVISIONING' | 'IDENTITY_CHECK'

const text = v.optional(v.pipe(v.string(), v.minLength(1)))

function tlsEntries<P extends TlsPartner>(partner: P) {
  return {
    /** Files (PEM) for mutual TLS: what we show (both or none), and the one authority that we trust (optional). */
    [`${partner}_TLS_CERT_FILE`]: text,
    [`${partner}_TLS_KEY_FILE`]: text,
    [`${partner}_TLS_CA_FILE`]: text,
  } as Record<`${P}_TLS_${'CERT' | 'KEY' | 'CA'}_FILE`, typeof text>
}

function oauthEntries<P extends OauthPartner>(partner: P) {
  return {
    /** OAuth 2.0 client credentials: all three or none; scope, method and the authority of the token endpoint are optional. */
    [`${partner}_OAUTH_TOKEN_URL`]: text,
    [`${partner}_OAUTH_CLIENT_ID`]: text,
    [`${partner}_OAUTH_CLIENT_SECRET`]: text,
    [`${partner}_OAUTH_SCOPE`]: text,
    [`${partner}_OAUTH_METHOD`]: text,
    [`${partner}_OAUTH_CA_FILE`]: text,
  } as Record<`${P}_OAUTH_${'TOKEN_URL' | 'CLIENT_ID' | 'CLIENT_SECRET' | 'SCOPE' | 'METHOD' | 'CA_FILE'}`, typeof text>
}

/** Entries of the settings' schema. */
export const partnerEntries = {
  ...tlsEntries('ES2PLUS'),
  ...tlsEntries('BILLING'),
  ...oauthEntries('BILLING'),
  ...tlsEntries('PROVISIONING'),
  ...oauthEntries('PROVISIONING'),
  ...tlsEntries('IDENTITY_CHECK'),
  ...oauthEntries('IDENTITY_CHECK'),
}

export type PartnerSettings = { [Name in keyof typeof partnerEntries]?: string | undefined }

/** What is missing or cannot be in these settings; names only, never a value. */
export function checkPartners(given: Readonly<Record<string, string | undefined>>): string[] {
  const issues: string[] = []
  for (const partner of ['ES2PLUS', 'BILLING', 'PROVISIONING', 'IDENTITY_CHECK']) {
    issues.push(...allOrNone(given, [`${partner}_TLS_CERT_FILE`, `${partner}_TLS_KEY_FILE`]))
    const oauth = ['TOKEN_URL', 'CLIENT_ID', 'CLIENT_SECRET'].map((name) => `${partner}_OAUTH_${name}`)
    issues.push(...allOrNone(given, oauth))
    const tokenUrl = given[`${partner}_OAUTH_TOKEN_URL`]
    if (tokenUrl !== undefined && !isTokenUrl(tokenUrl)) {
      issues.push(`${partner}_OAUTH_TOKEN_URL must be an https address without user, password or #`)
    }
    for (const extra of ['SCOPE', 'METHOD', 'CA_FILE'].map((name) => `${partner}_OAUTH_${name}`)) {
      if (given[extra] !== undefined && tokenUrl === undefined) issues.push(`${extra} needs ${oauth.join(', ')}`)
    }
    const method = given[`${partner}_OAUTH_METHOD`]
    if (method !== undefined && method !== 'basic' && method !== 'post') {
      issues.push(`${partner}_OAUTH_METHOD must be basic or post`)
    }
  }
  return issues
}

function allOrNone(given: Readonly<Record<string, string | undefined>>, names: readonly string[]): string[] {
  const missing = names.filter((name) => given[name] === undefined)
  if (missing.length === 0 || missing.length === names.length) return []
  const present = names.filter((name) => given[name] !== undefined)
  return missing.map((name) => `${name} is missing: ${present.join(' and ')} cannot be used without it`)
}

function isTokenUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  const encrypted = url.protocol === 'https:' || (url.protocol === 'http:' && loopback)
  return encrypted && url.username === '' && url.password === '' && url.hash === ''
}

/** A file that a setting names cannot be read or is not what it should be. Names the setting, and shows nothing of the file. */
export class PartnerFileError extends Error {
  readonly code = 'partner_file_invalid'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'PartnerFileError'
  }
}

async function fileOf(given: PartnerSettings, name: keyof PartnerSettings): Promise<string | undefined> {
  const path = given[name]
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new PartnerFileError(`app settings: the file of ${name} cannot be read`, { cause })
  }
}

async function authorityOf(given: PartnerSettings, name: keyof PartnerSettings): Promise<string | undefined> {
  const pem = await fileOf(given, name)
  try {
    if (pem !== undefined) new X509Certificate(pem)
  } catch (cause) {
    throw new PartnerFileError(`app settings: the file of ${name} holds no certificate (PEM)`, { cause })
  }
  return pem
}

/**
 * Reads the certificate files of a system.
 *
 * @returns undefined where neither a certificate of ours nor an authority is set
 * @throws {PartnerFileError} rather than at each call: there, a bad file would look like a connection that broke
 */
export async function tlsOf(given: PartnerSettings, partner: TlsPartner): Promise<ClientTls | undefined> {
  const [cert, key, ca] = await Promise.all([
    fileOf(given, `${partner}_TLS_CERT_FILE`),
    fileOf(given, `${partner}_TLS_KEY_FILE`),
    authorityOf(given, `${partner}_TLS_CA_FILE`),
  ])
  const own = cert === undefined || key === undefined ? undefined : { cert, key }
  if (own === undefined && ca === undefined) return undefined
  try {
    if (own !== undefined) createSecureContext(own)
  } catch (cause) {
    const names = `${partner}_TLS_CERT_FILE and ${partner}_TLS_KEY_FILE`
    throw new PartnerFileError(`app settings: the files of ${names} are no pair of certificate and key (PEM)`, {
      cause,
    })
  }
  return { ...own, ...(ca === undefined ? {} : { ca }) }
}

/**
 * Where to get the access tokens for a system; undefined where it asks for none.
 *
 * @throws {PartnerFileError}
 */
export async function oauthOf(given: PartnerSettings, partner: OauthPartner): Promise<OauthConfig | undefined> {
  const tokenUrl = given[`${partner}_OAUTH_TOKEN_URL`]
  const clientId = given[`${partner}_OAUTH_CLIENT_ID`]
  const clientSecret = given[`${partner}_OAUTH_CLIENT_SECRET`]
  if (tokenUrl === undefined || clientId === undefined || clientSecret === undefined) return undefined
  const ca = await authorityOf(given, `${partner}_OAUTH_CA_FILE`)
  return {
    tokenUrl,
    clientId,
    clientSecret,
    scope: given[`${partner}_OAUTH_SCOPE`],
    method: given[`${partner}_OAUTH_METHOD`] === 'post' ? 'post' : 'basic',
    ...(ca === undefined ? {} : { ca }),
  }
}
