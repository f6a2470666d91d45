import { usableBalance } from '../../domain/balance'
import { classifyDownloadError } from '../../domain/download-error'
import { readSubscriber } from '../accounts/subscribers'
import { newsOf } from '../line-news'
import { planNameOf, withSubscriptions } from '../line-views'
import {
  type Line,
  launchLine,
  linePath,
  linesOf,
  mayHaveEsim,
  profilesOf,
  type SimStanding,
  standingOfSim,
} from '../lines'
import { isOpen, orderPath, recentOrders } from '../people-orders'
import { problemWords } from '../problem-words'
import type { OptionsView } from '../views'
import type { Visit } from '../visit'
import { wordsFor } from '../words'
import { type Route, signedIn } from './route'

/** How many of the newest orders are looked at for one under way. */
const lookedAt = 5
/** How many of the newest lines are looked at for news. */
const linesLookedAt = 5
/** Most profiles that get a tile, and most news that are told. */
const mostTiles = 3
const mostNews = 2

/** `GET /portal/options`: what to do now. */
export const optionsRoute: Route = {
  path: '/portal/options',
  GET: signedIn(async (visit, subscriberId) => {
    const { iccid } = visit.session?.value.device ?? {}
    const card = iccid && (await standingOfSim(visit, subscriberId, iccid))
    const frame = visit.frame('/portal/options', { canCancel: true })
    if (card && card.is === 'unusable') {
      visit.log.info('portal.sim_unusable', { ours: card.ours })
      return visit.message({ kind: 'sim-unusable', status: 200, nextPath: '/portal/account' }, frame)
    }
    const subscriber = await readSubscriber(visit.portal.documents, subscriberId)
    const [orders, profiles, lines] = await Promise.all([
      recentOrders(visit, subscriber, lookedAt),
      profilesOf(visit, subscriberId),
      linesOf(visit, subscriber, linesLookedAt).then((read) => withSubscriptions(visit, read)),
    ])
    const open = orders.find(isOpen)
    const error = visit.session?.value.deviceErrors.at(-1)
    const view: OptionsView = {
      frame,
      sims: [...(card && iccid ? [cardTile(card, iccid)] : []), ...profileTiles(visit, profiles)],
      newEsim: mayHaveEsim(visit),
      notices: newsOf(visit, lines).slice(0, mostNews),
      hasLines: subscriber.lines.length > 0,
      ...(open && { openOrder: { path: orderPath(open.id), planName: planNameOf(visit, open.plan) } }),
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

function cardTile(card: Exclude<SimStanding, { is: 'unusable' }>, iccid: string): OptionsView['sims'][number] {
  const kind = card.is === 'warm' ? 'warm-sim' : 'add-balance'
  return { kind, end: iccid.slice(-4), path: linePath(launchLine), card: true }
}

/** Profiles that have nothing left come first. */
function profileTiles(visit: Visit, profiles: readonly Line[]): OptionsView['sims'] {
  const left = ({ sim }: Line) => Number(usableBalance(sim, visit.now))
  return [...profiles]
    .sort((a, b) => left(a) - left(b))
    .slice(0, mostTiles)
    .map(({ ref, iccid }) => ({ kind: 'add-balance', end: iccid.slice(-4), path: linePath(ref), card: false }))
}
