import { chooseLanguage } from '../domain/language'
import type { Log } from '../platform/ports'
import { assetPaths } from './assets'
import type { Portal } from './context'
import { clearSessionCookie, readCookies, setLanguageCookie, setSessionCookie } from './session/cookies'
import { csrfToken } from './session/csrf'
import { beginSession, type Session, slide } from './session/session'
import type { LiveSession } from './session/sessions'
import type { Frame, MessageView } from './views'

/** One request and all that is known of who sent it. */
export class Visit {
  /** The session whose cookie came along, as it now stands. */
  session: LiveSession | undefined
  /** A session's cookie came along, and the session has ended. */
  sessionLost = false
  language: string
  log: Log
  /** One instant for the whole request. */
  readonly now: Date
  readonly url: URL
  readonly #cookies: string[] = []

  constructor(
    readonly portal: Portal,
    readonly request: Request,
    /** Value of a parameter in the route's path. */
    readonly param: (name: string) => string,
  ) {
    this.now = portal.clock()
    this.url = new URL(request.url)
    this.log = portal.log
    this.language = portal.operator.defaultLanguage
  }

  /**
   * Reads the session (one point read) and settles the language. Rejects with {@link StoreUnavailableError}.
   *
   * @param byPerson false for what a script asks by itself: that keeps no session alive
   */
  async open({ byPerson }: { byPerson: boolean }): Promise<void> {
    const { operator, sessions } = this.portal
    const { headers } = this.request
    const cookies = readCookies(headers.get('cookie'))
    const byHeader = () => chooseLanguage(headers.get('accept-language'), operator.languages, operator.defaultLanguage)
    const known = (tag: string | null | undefined) => operator.languages.find((language) => language === tag)
    const wished = this.request.method === 'GET' ? known(this.url.searchParams.get('lang')) : undefined
    this.language = wished ?? known(cookies.language) ?? byHeader()
    if (cookies.session !== undefined) {
      this.session = await sessions.find(cookies.session)
      this.sessionLost = this.session === undefined
    }
    if (this.session) {
      this.#noteTransaction()
      await this.change((session) => {
        const moved = byPerson ? slide(session, this.now) : session
        return wished === undefined || wished === moved.language ? moved : { ...moved, language: wished }
      })
      this.language = known(this.session?.value.language) ?? this.language
    } else if (wished !== undefined) this.#cookies.push(setLanguageCookie(wished))
  }

  /** Changes the session; nothing happens where there is none. See `Sessions.change`. */
  async change(by: (session: Session) => Session): Promise<void> {
    if (this.session) this.session = await this.portal.sessions.change(this.session, by)
  }

  /** A session that begins now, not yet stored. */
  freshSession(channel: Session['channel']): Session {
    return beginSession({ csrf: Buffer.from(this.portal.randomBytes(32)).toString('base64url'), channel }, this.now)
  }

  /** Stores a new session in place of the present one, under a new id, and ends the present one. */
  async begin(value: Session): Promise<void> {
    const before = this.session
    const { id, session } = await this.portal.sessions.open(value)
    this.session = session
    this.sessionLost = false
    this.#cookies.push(setSessionCookie(id))
    this.#noteTransaction()
    if (before) await this.portal.sessions.end(before)
  }

  /** Ends the session and takes the cookie away. */
  async end(): Promise<void> {
    if (this.session) await this.portal.sessions.end(this.session)
    this.session = undefined
    this.#cookies.push(clearSessionCookie())
  }

  /** The session of a person who fills in a form; makes a short one where there is none, to hold the form's secret. */
  async formSession(): Promise<void> {
    if (!this.session) await this.begin(this.freshSession('browser'))
  }

  /** The person's id, where somebody is signed in. */
  get subscriberId(): string | undefined {
    return this.session?.value.subscriberId
  }

  /** What stands around a page. `path`: of the page itself, for the language links; must be one that GET answers. */
  frame(path: string, more: Partial<Pick<Frame, 'canCancel' | 'reference' | 'notice'>> = {}): Frame {
    const { operator, assets, randomBytes } = this.portal
    const session = this.session?.value
    return {
      operator,
      language: this.language,
      channel: session?.channel ?? 'browser',
      assets: assetPaths(assets),
      path,
      canCancel: false,
      ...(session === undefined ? {} : { csrf: csrfToken(session.csrf, randomBytes(32)) }),
      ...(session?.login === undefined ? {} : { signedInAs: session.login }),
      ...(session?.transactionId === undefined
        ? {}
        : { reference: { of: 'session' as const, text: session.transactionId } }),
      ...more,
    }
  }

  /** Answer with a page. Never stored by anybody: pages hold what only this person may see. */
  page(html: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
    return this.#answer(html, status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': this.language,
      ...headers,
    })
  }

  /** Answer with a message page. */
  message(view: Omit<MessageView, 'frame'>, frame?: Frame, headers?: Readonly<Record<string, string>>): Response {
    const around = frame ?? this.frame('/portal')
    return this.page(this.portal.pages.message({ ...view, frame: around }), view.status, headers)
  }

  /** Sends the browser to another of our pages, always by GET. */
  redirect(path: string): Response {
    return this.#answer(null, 303, { Location: path })
  }

  /** Answer with JSON; 204 without a body. */
  json(
    body: object | undefined,
    status = body === undefined ? 204 : 200,
    headers: Readonly<Record<string, string>> = {},
  ): Response {
    if (body === undefined) return this.#answer(null, status, headers)
    return this.#answer(JSON.stringify(body), status, { 'Content-Type': 'application/json', ...headers })
  }

  #answer(body: string | null, status: number, headers: Readonly<Record<string, string>>): Response {
    const response = new Response(body, { status, headers: { 'Cache-Control': 'no-store', ...headers } })
    for (const cookie of this.#cookies) response.headers.append('Set-Cookie', cookie)
    return response
  }

  #noteTransaction(): void {
    const transactionId = this.session?.value.transactionId
    this.log = transactionId === undefined ? this.portal.log : this.portal.log.with({ transactionId })
  }
}
