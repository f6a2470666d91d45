import type { PortalPages } from './context'
import * as pages from './pages'

/** The portal's own pages. */
export const defaultPages: PortalPages = {
  welcome: pages.renderWelcome,
  signIn: pages.renderSignIn,
  signUp: pages.renderSignUp,
  options: pages.renderOptions,
  plans: pages.renderPlans,
  device: pages.renderDevice,
  deviceReceived: pages.renderDeviceReceived,
  review: pages.renderReview,
  order: pages.renderOrder,
  callback: pages.renderCallback,
  account: pages.renderAccount,
  cancelSubscription: pages.renderCancelSubscription,
  text: pages.renderText,
  message: pages.renderMessage,
}
