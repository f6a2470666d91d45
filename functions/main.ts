/**
 * Entry of the app. The setting `APP_ROLE` decides here, and nowhere else, which functions exist: `portal` serves people's browsers,
 * `api` serves machines (operator API, SM-DP+ notices, queue and timer), `all` (the default) does both on a laptop.
 *
 * Loading this file must be quick: each function imports what it needs when it is first called, and what nearly all of them need is loaded
 * right after.
 */
import { composition } from '../shared/composition'
import { dropUnresolvedReferences } from '../shared/platform/environment'
import { createLog } from '../shared/platform/log'
import { registerCallbacks } from './callbacks'
import { registerHealth } from './health'
import { registerOpenApi } from './openapi'
import { registerOperatorApi } from './operator-api'
import { registerPortal } from './portal'
import { registerProfileProgress } from './profile-progress'
import { registerSweep } from './sweep'
import { registerUsage } from './usage'
import { registerWakeOrder } from './wake-order'

for (const setting of dropUnresolvedReferences(process.env)) createLog().error('setting.unresolved', { setting })

const role = process.env.APP_ROLE ?? 'all'
if (role !== 'portal' && role !== 'api' && role !== 'all')
  throw new Error(`APP_ROLE is "${role}"; set it to portal, api or all`)

registerHealth()
if (role !== 'api') registerPortal()
if (role !== 'portal') {
  registerOperatorApi()
  registerProfileProgress()
  registerUsage()
  registerCallbacks()
  registerOpenApi()
  registerWakeOrder()
  registerSweep()
}

// An instance that has just started waits a moment for its first call, and loads meanwhile what nearly every call needs. What fails here
// fails again there, and is told.
setImmediate(() => {
  const needed = role === 'portal' ? composition.documents() : composition.operatorApi()
  needed.catch(() => undefined)
  // Node loads its fetch, of which the library makes each request, with the first use.
  void new Request('http://localhost')
})
