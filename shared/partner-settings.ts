/** How the other companies' systems know us: the app settings for certificates and access tokens, which are the same for each of them. */
import { readFile } from 'node:fs/promises'
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

/**
 * Reads the certificate files of a system.
 *
 * @returns undefined where neither a certificate of ours nor an authority is set
 */
export async function tlsOf(given: PartnerSettings, partner: TlsPartner): Promise<ClientTls | undefined> {
  const cert = given[`${partner}_TLS_CERT_FILE`]
  const key = given[`${partner}_TLS_KEY_FILE`]
  const ca = given[`${partner}_TLS_CA_FILE`]
  if (cert === undefined && ca === undefined) return undefined
  return {
    ...(cert === undefined || key === undefined
      ? {}
      : { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }),
    ...(ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }),
  }
}

/** Where to get the access tokens for a system; undefined where it asks for none. */
export async function oauthOf(given: PartnerSettings, partner: OauthPartner): Promise<OauthConfig | undefined> {
  const tokenUrl = given[`${partner}_OAUTH_TOKEN_URL`]
  const clientId = given[`${partner}_OAUTH_CLIENT_ID`]
  const clientSecret = given[`${partner}_OAUTH_CLIENT_SECRET`]
  if (tokenUrl === undefined || clientId === undefined || clientSecret === undefined) return undefined
  const ca = given[`${partner}_OAUTH_CA_FILE`]
  return {
    tokenUrl,
    clientId,
    clientSecret,
    scope: given[`${partner}_OAUTH_SCOPE`],
    method: given[`${partner}_OAUTH_METHOD`] === 'post' ? 'post' : 'basic',
    ...(ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }),
  }
}
