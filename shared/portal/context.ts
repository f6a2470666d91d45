import type { Operator } from '../domain/operator'
import type { Orders } from '../fulfilment/orders'
import type { Billing, Clock, DocumentStore, IdentityCheck, Log } from '../platform/ports'
import type { Accounts } from './accounts/accounts'
import type { PortalAssets } from './assets'
import type { Sessions } from './session/sessions'
import type * as views from './views'

/** What the portal needs of the world. */
export interface PortalOptions {
  documents: DocumentStore
  orders: Orders
  billing: Billing
  /** Asked before an order is placed; absent: nobody is checked. */
  identityCheck?: IdentityCheck
  operator: Operator
  /** Origin under which people reach the portal, such as `https://portal.example.net`; without a slash at the end. */
  publicUrl: string
  /** Key under which logins are stored; at least 32 bytes. */
  loginKey: () => Promise<Uint8Array>
  /** Keys under which logins may still, or already, be stored. */
  olderLoginKeys?: (() => Promise<readonly Uint8Array[]>) | undefined
  clock: Clock
  /** From a cryptographic source. */
  randomBytes: (count: number) => Uint8Array
  log: Log
  assets: PortalAssets
  /** Default: the pages of `pages/`. */
  pages?: PortalPages
}

/** Turns views into HTML documents. */
export interface PortalPages {
  welcome(view: views.WelcomeView): string
  signIn(view: views.SignInView): string
  signUp(view: views.SignUpView): string
  options(view: views.OptionsView): string
  plans(view: views.PlansView): string
  device(view: views.DeviceView): string
  deviceReceived(view: views.DeviceReceivedView): string
  review(view: views.ReviewView): string
  order(view: views.OrderView): string
  callback(view: views.CallbackView): string
  account(view: views.AccountView): string
  cancelSubscription(view: views.CancelSubscriptionView): string
  text(view: views.TextView): string
  message(view: views.MessageView): string
}

/** What every route works with. */
export interface Portal extends Omit<PortalOptions, 'pages'> {
  pages: PortalPages
  sessions: Sessions
  accounts: Accounts
}

/** How long a request performs an order's effects itself before the page shows progress and asks again, in milliseconds. */
export const orderBudget = { budgetMs: 2500 } as const
