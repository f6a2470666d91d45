import { randomBytes } from 'node:crypto'
import sample from '../../../operator.json'
import { createOrderId } from '../../domain/identifiers'
import { type Operator, parseOperator } from '../../domain/operator'
import { createMemoryDocumentStore, type StoreOperation } from '../../platform/memory-document-store'
import type { DocumentStore } from '../../platform/ports'
import type { Login } from '../accounts'
import { loginId } from '../accounts/email'
import { hashPassword } from '../accounts/passwords'
import { introduceSubscriber } from '../accounts/subscribers'
import { createPortal, type PortalApp } from '../app'
import { assetsOf } from '../assets'
import type { PortalPages } from '../context'
import {
  type FakeBilling,
  type FakeIdentityCheck,
  type FakeLog,
  type FakeOrders,
  fakeBilling,
  fakeIdentityCheck,
  fakeLog,
  fakeOrders,
} from './fakes'

/** Origin of the portal in tests. */
export const origin = 'https://portal.example.net'
export const eid = '89044045930000000000001234567853'
export const otherEid = '89044045930000000000009876543263'
export const person = { email: 'mia@example.net', password: 'correct horse battery', name: 'Mia Example' }
const loginKey = new Uint8Array(32).fill(7)

/** A portal with everything around it in memory, on a clock that the test moves. */
export interface PortalWorld {
  portal: PortalApp
  documents: DocumentStore
  operations: StoreOperation[]
  orders: FakeOrders
  billing: FakeBilling
  /** Allows everybody until a test says otherwise. */
  identityCheck: FakeIdentityCheck
  log: FakeLog
  operator: Operator
  now: Date
  /** Moves the clock on. */
  pass(minutes: number): void
  /** Throws whatever the next store calls shall reject with. */
  storeFault?: (operation: StoreOperation) => void
  browser(headers?: Record<string, string>): Browser
  /** Makes the account of `person` and answers its subscriber id. */
  account(who?: typeof person): Promise<string>
}

/** Opens a world. `pages`: instead of the real ones. */
export function portalWorld(options: { pages?: Partial<PortalPages>; publicUrl?: string } = {}): PortalWorld {
  const parsed = parseOperator(sample)
  if (!parsed.ok) throw new Error('the sample operator.json is not valid')
  const operations: StoreOperation[] = []
  const clock = () => new Date(world.now)
  const documents = createMemoryDocumentStore({
    now: clock,
    before(operation) {
      operations.push(operation)
      world.storeFault?.(operation)
    },
  })
  const parts = {
    documents,
    orders: fakeOrders(clock),
    billing: fakeBilling(),
    identityCheck: fakeIdentityCheck(),
    log: fakeLog(),
    operator: parsed.operator,
  }
  const accounts = { documents, loginKey: async () => loginKey, randomBytes }
  const portal = createPortal({
    ...parts,
    ...accounts,
    publicUrl: options.publicUrl ?? origin,
    clock,
    assets: assetsOf({
      'portal.css': `body{color:#111}${' '.repeat(2000)}`,
      'portal.js': 'void 0',
      'logo.svg': '<svg/>',
    }),
    ...(options.pages ? { pages: options.pages as PortalPages } : {}),
  })
  const world: PortalWorld = {
    portal,
    operations,
    ...parts,
    now: new Date('2026-03-02T09:00:00Z'),
    pass(minutes) {
      world.now = new Date(world.now.getTime() + minutes * 60_000)
    },
    browser: (headers) => new Browser(portal, headers),
    async account(who = person) {
      const subscriberId = createOrderId(randomBytes(16))
      const id = loginId(loginKey, who.email, 'login')
      // A cheap hash: what scrypt costs is proved with the accounts.
      const password = await hashPassword(who.password, randomBytes(16), { N: 16, r: 8, p: 1 })
      const login: Login = { schema: 1, subscriberId, kind: 'local', password, createdAt: world.now.toISOString() }
      await documents.insert('logins', id, id, login)
      await introduceSubscriber(documents, { id: subscriberId, name: who.name, email: who.email, language: '' })
      return subscriberId
    },
  }
  return world
}

/** What came back, with the parts that tests look at. */
export interface Reply {
  status: number
  headers: Headers
  body: string
  /** Of a redirect. */
  location: string
  /** The form token of the page; empty where it has none. */
  csrf: string
}

/** A browser with cookies that sends no more than EdgeHTML does: neither `Origin` nor `Sec-Fetch-Site`. */
export class Browser {
  readonly cookies = new Map<string, string>()
  /** Of the last page that had one. */
  csrf = ''

  constructor(
    readonly portal: PortalApp,
    readonly headers: Record<string, string> = {},
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send(path, { headers })
  }

  /** Posts a form with the token of the last page. */
  post(path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Reply> {
    const body = new URLSearchParams({ csrf: this.csrf, ...fields })
    return this.send(path, { method: 'POST', body, headers })
  }

  /** Posts JSON with the token of the last page. */
  report(path: string, body: object): Promise<Reply> {
    const headers = { 'Content-Type': 'application/json' }
    return this.send(path, { method: 'POST', body: JSON.stringify({ csrf: this.csrf, ...body }), headers })
  }

  async send(path: string, init: RequestInit): Promise<Reply> {
    const request = new Request(new URL(path, origin), init)
    for (const [name, value] of Object.entries(this.headers)) request.headers.set(name, value)
    if (this.cookies.size > 0) {
      request.headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const response = await this.portal.fetch(request)
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/Max-Age=0/.test(cookie)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const body = await response.text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    if (csrf !== '') this.csrf = csrf
    return {
      status: response.status,
      headers: response.headers,
      body,
      location: response.headers.get('location') ?? '',
      csrf,
    }
  }

  /** The same cookies in another window. */
  tab(): Browser {
    const tab = new Browser(this.portal, this.headers)
    for (const [name, value] of this.cookies) tab.cookies.set(name, value)
    tab.csrf = this.csrf
    return tab
  }

  async signIn(who = person): Promise<Reply> {
    await this.get('/portal/sign-in')
    return this.post('/portal/sign-in', { email: who.email, password: who.password })
  }

  /** Chooses a plan and goes to the review. */
  async choose(plan = 'travel-2'): Promise<Reply> {
    await this.get('/portal/plans')
    await this.post('/portal/plans', { plan })
    return this.get('/portal/review')
  }

  /** Buys what the review shows. */
  buy(review: Reply, fields: Record<string, string> = {}): Promise<Reply> {
    return this.post('/portal/buy', { order: orderIn(review), instrument: 'account:1', terms: 'yes', ...fields })
  }
}

/** The order id that a review carries. */
export function orderIn(review: Reply): string {
  return /name="order" value="([^"]+)"/.exec(review.body)?.[1] ?? ''
}

/** The query of a launch by the app. */
export function launchPath(change: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    market: 'DE',
    location: 'PT',
    transactionId: '/Kx3pQ9mTzW1.2',
    eid,
    imei: '490154203237518',
    ...change,
  })
  return `/portal?${query}`
}

/** A person in the app or in a browser who has just bought; the account must exist. */
export async function buyer(world: PortalWorld, channel: 'webview' | 'browser', plan = 'travel-2') {
  const browser = world.browser()
  await browser.get(channel === 'webview' ? launchPath() : '/portal/sign-in')
  await browser.post('/portal/sign-in', { email: person.email, password: person.password })
  const reply = await browser.buy(await browser.choose(plan))
  const page = await browser.get(reply.location)
  return { browser, path: reply.location, id: reply.location.slice('/portal/orders/'.length), page }
}

/** What a callback page hands to the script. */
export interface CallbackBlock {
  callback: {
    kind: string
    args: unknown[]
    metadata?: { property: string; member?: string }[]
    fallbacks?: { object: string; method: string; args: unknown[] }[]
  }
  token: string
  reportPath?: string
  csrf?: string
}

/** The callback in a page; undefined where it has none. */
export function blockIn({ body }: Reply): CallbackBlock | undefined {
  const json = /<script type="application\/json" id="callback">(.*?)<\/script>/s.exec(body)?.[1]
  return json === undefined ? undefined : (JSON.parse(json) as CallbackBlock)
}
