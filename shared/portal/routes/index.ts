import { accountRoute } from './account'
import { assetRoute } from './assets'
import { buyRoute } from './buy'
import { cancelRoute, orderCancelRoute } from './cancel'
import { deviceRoute, deviceStateRoute } from './device'
import { handoverRoute } from './handover'
import { launchRoute } from './launch'
import { optionsRoute } from './options'
import { orderRoute, orderStatusRoute } from './order'
import { linePlansRoute, plansRoute } from './plans'
import { reportRoute } from './report'
import { reviewRoute, voucherRoute } from './review'
import type { Route } from './route'
import { signInRoute } from './sign-in'
import { signOutRoute } from './sign-out'
import { signUpRoute } from './sign-up'
import { cancelSubscriptionRoute } from './subscription'
import { textRoutes } from './text'

/** Every path of the portal that needs to know who is visiting, in the order of a purchase. */
export const routes: readonly Route[] = [
  launchRoute,
  signInRoute,
  signUpRoute,
  signOutRoute,
  optionsRoute,
  plansRoute,
  linePlansRoute,
  deviceRoute,
  deviceStateRoute,
  reviewRoute,
  voucherRoute,
  buyRoute,
  orderRoute,
  orderStatusRoute,
  handoverRoute,
  reportRoute,
  orderCancelRoute,
  cancelRoute,
  accountRoute,
  cancelSubscriptionRoute,
  ...textRoutes,
]

/** Paths that concern nobody in particular: no session is read for them. */
export const anonymousRoutes: readonly Route[] = [assetRoute]
