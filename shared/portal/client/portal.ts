/**
 * The portal's one script. Loaded with `defer`; pages work without it up to the call of the Mobile Plans app, which has no other way.
 */
import { callbackPage } from './callback-page'
import { offerCopy, sendFormsOnce, showLocalTimes } from './comforts'
import { devicePage } from './device-page'
import { byId } from './dom'
import { listen, type Tell } from './listeners'
import { orderPage } from './order-page'

sendFormsOnce()
showLocalTimes()
offerCopy()
byId('errors')?.focus()

const ask = orderPage()
let tell: Tell = (_, reported) => {
  if (reported) ask()
}
listen(window, (news, reported) => tell(news, reported)) // before any call: the app may answer at once
const { page } = document.body.dataset
if (page === 'callback') tell = callbackPage(window)
if (page === 'device') devicePage()
