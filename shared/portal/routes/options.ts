import { classifyDownloadError } from '../../domain/download-error'
import { localText } from '../../domain/local-text'
import { isOpen, orderPath, recentOrders } from '../people-orders'
import { problemWords } from '../problem-words'
import type { OptionsView } from '../views'
import { wordsFor } from '../words'
import { type Route, signedIn } from './route'

/** How many of the newest orders are looked at for one under way. */
const lookedAt = 5

/** `GET /portal/options`: what to do now. */
export const optionsRoute: Route = {
  path: '/portal/options',
  GET: signedIn(async (visit, subscriberId) => {
    const orders = await recentOrders(visit, subscriberId, lookedAt)
    const open = orders.find(isOpen)
    const error = visit.session?.value.deviceErrors.at(-1)
    const view: OptionsView = {
      frame: visit.frame('/portal/options', { canCancel: true }),
      hasLines: orders.some((order) => order.stage.state === 'active' || order.stage.state === 'installed'),
      ...(open && {
        openOrder: {
          path: orderPath(open.id),
          planName: localText(open.plan.name, visit.language, visit.portal.operator.defaultLanguage),
        },
      }),
    }
    if (error) {
      const { text, advice } = problemWords(
        { source: 'device', code: classifyDownloadError(error.code) },
        visit.language,
      )
      // The headline says already that the download did not work.
      const known = text === wordsFor(visit.language).downloadFailed
      view.deviceProblem = { text: known ? advice : `${text} ${advice}`, ...(open && { path: orderPath(open.id) }) }
    }
    return visit.page(visit.portal.pages.options(view))
  }),
}
