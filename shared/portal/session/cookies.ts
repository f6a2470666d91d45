/**
 * Cookies. Both are `Secure` with the `__Host-` prefix: current browsers take such cookies from `http://127.0.0.1` and
 * `http://localhost` too, as those count as trustworthy, so that the same code runs on a laptop.
 */
const sessionCookie = '__Host-session'
const languageCookie = '__Host-lang'

/** Values of the cookies that the portal knows; the first of each name counts. */
export interface Cookies {
  session?: string
  language?: string
}

/** Reads the `Cookie` header. Nothing in it is trusted or decoded: our values need no escape. */
export function readCookies(header: string | null): Cookies {
  const cookies: Cookies = {}
  for (const pair of (header ?? '').slice(0, 8192).split(';')) {
    const at = pair.indexOf('=')
    if (at < 0) continue
    const name = pair.slice(0, at).trim()
    const value = pair.slice(at + 1).trim()
    if (name === sessionCookie) cookies.session ??= value
    if (name === languageCookie) cookies.language ??= value
  }
  return cookies
}

/** `Lax` and not `Strict`: the return from Windows Settings is a navigation from outside and must find the session. */
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** Sets the session's cookie for as long as the browser runs; the store decides when it ends. */
export function setSessionCookie(id: string): string {
  return `${sessionCookie}=${id}; ${attributes}`
}

/** Takes the session's cookie away. */
export function clearSessionCookie(): string {
  return `${sessionCookie}=; ${attributes}; Max-Age=0`
}

/** Remembers the language of a visitor without a session, for a year. */
export function setLanguageCookie(language: string): string {
  return `${languageCookie}=${language}; ${attributes}; Max-Age=31536000`
}
