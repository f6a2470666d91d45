/** What people are told of their lines when they come by: what happened, what stays, what to do. */
import { type BalanceMark, balanceMarks } from '../domain/balance-marks'
import { formatMegabytes } from '../domain/plan'
import type { ShownLine, ShownSubscription } from './line-views'
import { linePath } from './lines'
import { dayWords } from './pages/format'
import { stringsFor } from './strings'
import type { LineNotice } from './views'
import type { Visit } from './visit'

const day = 24 * 60 * 60_000
/** A renewal is told so long before. */
const renewalNewsMs = 3 * day
/** What has ended is news for so long. */
const pastNewsMs = 14 * day

/** News of the lines, problems first. */
export function newsOf(visit: Visit, lines: readonly ShownLine[]): LineNotice[] {
  const news = lines.flatMap((line) => [
    ...line.subscriptions.map((each) => subscriptionNews(visit, line, each)),
    ...markNews(visit, line),
  ])
  return news
    .filter((notice) => notice !== undefined)
    .sort((a, b) => Number(a.kind === 'info') - Number(b.kind === 'info'))
}

function subscriptionNews(
  visit: Visit,
  line: ShownLine,
  { view, subscription }: ShownSubscription,
): LineNotice | undefined {
  const t = stringsFor(visit.language)
  const { planName, price, state } = view
  const end = line.iccid.slice(-4)
  const on = (instant: string) => dayWords(instant, visit.language)
  const untilThen = Date.parse(subscription.endsAt) - visit.now.getTime()
  const toAccount = { path: '/portal/account', text: t.nav.account }
  switch (state.is) {
    case 'renews':
      if (untilThen > renewalNewsMs || untilThen < -renewalNewsMs) return undefined
      return {
        kind: 'info',
        title: t.news.renews(on(state.at)),
        text: t.news.renewsText(planName, end, price),
        link: toAccount,
      }
    case 'refused':
      return {
        kind: 'problem',
        title: t.news.refused,
        text: t.news.refusedText(planName, end, on(state.until), on(state.endsAt)),
        link: toAccount,
      }
    case 'cancelled':
      return undefined
    case 'ended': {
      if (untilThen < -pastNewsMs) return undefined
      const refused = state.because === 'payment-refused'
      return {
        kind: refused ? 'problem' : 'info',
        title: t.news.over,
        text: refused ? t.news.overRefusedText(planName, end) : t.news.overText(planName, end),
        link: { path: linePath(line.ref), text: t.account.addData },
      }
    }
  }
}

/** The first mark of the balance says enough; the end of a subscription is told already. */
function markNews(visit: Visit, line: ShownLine): LineNotice[] {
  const [mark] = balanceMarks(line.sim, visit.now, visit.portal.operator.balanceMarks)
  if (mark === undefined) return []
  const past = mark.mark === 'ended' ? visit.now.getTime() - Date.parse(mark.since) : 0
  const told = mark.mark === 'ended' && line.subscriptions.some(({ view }) => view.state.is === 'ended')
  if (past > pastNewsMs || told) return []
  const { account } = stringsFor(visit.language)
  const link = { path: linePath(line.ref), text: account.addData }
  return [{ kind: mark.mark === 'no-data' ? 'problem' : 'info', ...markWords(visit, line, mark), link }]
}

function markWords(visit: Visit, line: ShownLine, mark: BalanceMark): { title: string; text: string } {
  const { news: t } = stringsFor(visit.language)
  const end = line.iccid.slice(-4)
  const data = (megabytes: number) => formatMegabytes(megabytes, visit.language)
  switch (mark.mark) {
    case 'low-data':
      return { title: t.low(end), text: t.lowText(data(mark.remainingMB), data(mark.totalMB)) }
    case 'no-data':
      return { title: t.none(end), text: t.noneText }
    case 'ending-soon':
      return { title: t.ending(end, dayWords(mark.endsAt, visit.language)), text: t.endingText(data(mark.remainingMB)) }
    case 'ended':
      return { title: t.ended(end, dayWords(mark.since, visit.language)), text: t.endedText }
  }
}
