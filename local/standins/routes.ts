import type { Answer } from './answer'
import {
  authorise,
  type BillingContext,
  capture,
  instruments,
  redeemVoucher,
  refund,
  voidAuthorisation,
} from './billing'
import { type Operation, refusalOf, type Service } from './faults'
import { once } from './idempotency'
import { checkIdentity } from './identity'
import { balances } from './ledger'
import {
  createService,
  lineState,
  listLines,
  retrieveMonitor,
  retrieveService,
  tmf640,
  updateService,
} from './provisioning'
import type { StandinState } from './state'

/** A request, read and decoded. */
export interface Request {
  method: string
  /** Without the query. */
  path: string
  key: string | undefined
  callId: string | undefined
  /** The body as it came. */
  text: string
  /** The body as JSON; `undefined` when there is none or it is not JSON. */
  body: unknown
}

/** What the operations work on. */
export interface Desk {
  state: StandinState
  currency: string
  now: () => Date
  newId: () => string
}

/** An operation of one of the contracts, ready to run. */
export interface Matched {
  service: Service
  operation: Operation
  /** Of what the path names, or the body where it is new: an authorisation, a service. */
  id: string
  /** POSTs of billing run once per idempotency key. */
  run: () => Answer
}

interface Route {
  method: string
  path: RegExp
  service: Service
  operation: Operation
  run: (desk: Desk, request: Request, id: string) => Answer
}

const billing = (desk: Desk): BillingContext => ({
  state: desk.state.billing,
  currency: desk.currency,
  now: desk.now(),
  newId: desk.newId,
})

const onTmf640 = (pattern: string) => new RegExp(`^${tmf640}${pattern}$`)

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/billing\/subscribers\/([^/]+)\/instruments$/,
    service: 'billing',
    operation: 'instruments',
    run: (desk, _, id) => instruments(billing(desk), id),
  },
  {
    method: 'POST',
    path: /^\/billing\/subscribers\/([^/]+)\/vouchers$/,
    service: 'billing',
    operation: 'redeemVoucher',
    run: (desk, { body }, id) => redeemVoucher(billing(desk), id, body),
  },
  {
    method: 'POST',
    path: /^\/billing\/authorisations()$/,
    service: 'billing',
    operation: 'authorise',
    run: (desk, { body }) => authorise(billing(desk), body),
  },
  {
    method: 'POST',
    path: /^\/billing\/authorisations\/([^/]+)\/capture$/,
    service: 'billing',
    operation: 'capture',
    run: (desk, { body }, id) => capture(billing(desk), id, body),
  },
  {
    method: 'POST',
    path: /^\/billing\/authorisations\/([^/]+)\/void$/,
    service: 'billing',
    operation: 'void',
    run: (desk, _, id) => voidAuthorisation(billing(desk), id),
  },
  {
    method: 'POST',
    path: /^\/billing\/authorisations\/([^/]+)\/refund$/,
    service: 'billing',
    operation: 'refund',
    run: (desk, { body }, id) => refund(billing(desk), id, body),
  },
  {
    method: 'POST',
    path: onTmf640('/service()'),
    service: 'provisioning',
    operation: 'createService',
    run: (desk, { body }) => createService(desk.state.network, body, desk.now()),
  },
  {
    method: 'PATCH',
    path: onTmf640('/service/([^/]+)'),
    service: 'provisioning',
    operation: 'updateService',
    run: (desk, { body }, id) => updateService(desk.state.network, id, body, desk.now()),
  },
  {
    method: 'GET',
    path: onTmf640('/service/([^/]+)'),
    service: 'provisioning',
    operation: 'retrieveService',
    run: (desk, _, id) => retrieveService(desk.state.network, id),
  },
  {
    method: 'GET',
    path: onTmf640('/monitor/([^/]+)'),
    service: 'provisioning',
    operation: 'retrieveMonitor',
    run: (desk, _, id) => retrieveMonitor(desk.state.network, id, desk.now()),
  },
  {
    method: 'POST',
    path: /^\/identity\/identity-checks()$/,
    service: 'identity',
    operation: 'check',
    run: (desk, { body }) => checkIdentity(desk.state.identity, body),
  },
]

/** Finds the operation of a contract that a request asks for; `refuse` makes it decline as if by its own rules. */
export function matchOperation(desk: Desk, request: Request, refuse: () => boolean): Matched | undefined {
  for (const route of routes) {
    const match = route.method === request.method ? route.path.exec(request.path) : null
    const id = match?.[1]
    if (id === undefined) continue
    const { service, operation } = route
    const carryOut = () => (refuse() ? refusalOf(service, operation) : route.run(desk, request, decodeURIComponent(id)))
    const whole = `${request.method} ${request.path}\n${request.text}`
    const keyed = service === 'billing' && request.method === 'POST'
    const run = keyed ? () => once(desk.state.answers, request.key, whole, carryOut) : carryOut
    return { service, operation, id, run }
  }
  return undefined
}

/** What people and the Windows simulator may look at; never spoiled by faults. */
export function look({ state }: Desk, { method, path }: Request): Answer | undefined {
  if (method !== 'GET') return undefined
  if (path === '/billing/ledger') return { status: 200, body: { entries: state.billing.ledger } }
  if (path === '/billing/ledger/balance') return { status: 200, body: { currencies: balances(state.billing.ledger) } }
  if (path === '/provisioning/lines') return listLines(state.network)
  const iccid = /^\/provisioning\/lines\/(\d+)$/.exec(path)?.[1]
  return iccid === undefined ? undefined : lineState(state.network, iccid)
}
