import type { TopUpKind } from '../../domain/order/order'
import { formatMegabytes, planDelivery } from '../../domain/plan'
import { type Strings, stringsFor } from '../strings'
import type { OrderView } from '../views'
import { durationWords, planWords, timeWords } from './format'
import { InstallPanel } from './install'
import { Page } from './layout'
import { Csrf, Facts, FrameNotice, Notice } from './parts'
import { renderDocument } from './render'
import { Steps } from './steps'

/** Where an order stands, and the one thing to do next. */
export function renderOrder(view: OrderView): string {
  const { frame, progress } = view
  const t = stringsFor(frame.language)
  const words = planWords(frame, view.plan)
  const { title, text } = progressWords(view, t)
  const path = `/portal/orders/${encodeURIComponent(view.orderId)}`
  return renderDocument(
    <Page
      frame={frame}
      page="order"
      title={`${title} – ${words.name}`}
      script
      cancel={false}
      refreshAfter={view.refreshAfter}
      data={{
        'data-version': view.version,
        'data-status-path': view.refreshAfter === undefined ? undefined : `${path}/status`,
        'data-refresh': view.refreshAfter,
        'data-report-path': `${path}/report`,
        'data-csrf': frame.csrf,
      }}
      actions={<Actions view={view} t={t} path={path} />}
    >
      <div class={`state ${progress}`}>
        <h1>{title}</h1>
        <p class="lead" role="status">
          {text}
        </p>
      </div>
      <FrameNotice frame={frame} />
      {view.sim === undefined && <Steps progress={progress} stuck={view.problem !== undefined} t={t} />}
      {view.problem !== undefined && (
        <Notice kind="problem" title={view.problem.text}>
          {view.problem.advice}
        </Notice>
      )}
      {view.install !== undefined && <InstallPanel install={view.install} t={t} />}
      <div class="card">
        <Facts
          facts={[
            [t.review.plan, `${words.name} · ${words.data} · ${words.time}`],
            [t.review.total, words.price],
            [t.review.sim, view.sim && t.review.simEnd(view.sim.end)],
            [
              planDelivery(view.plan) === 'asynchronous' ? t.order.worksFrom : t.order.from,
              view.availableAt && (
                <time datetime={view.availableAt} data-local>
                  {timeWords(view.availableAt, frame.language)}
                </time>
              ),
            ],
            [
              t.order.balance,
              view.balance &&
                t.order.left(
                  formatMegabytes(view.balance.dataRemainingMB, frame.language),
                  durationWords(view.balance.timeRemaining, frame.language),
                ),
            ],
            [t.reference, <strong>{view.reference}</strong>],
            [
              progress === 'parked' || view.problem !== undefined ? t.support : '',
              progress === 'parked' || view.problem !== undefined ? (
                <a href="/portal/help">{frame.operator.support.phone}</a>
              ) : undefined,
            ],
          ]}
        />
      </div>
      {view.refreshAfter !== undefined && (
        <p class="muted">
          {t.order.auto} <a href={path}>{t.order.refresh}</a>
        </p>
      )}
    </Page>,
  )
}

/**
 * Only the Mobile Plans app reminds people of a delayed download and starts one by itself; in a browser this page is what tells them, and
 * the person installs with what it shows.
 */
function progressWords(view: OrderView, t: Strings): { title: string; text: string } {
  const { progress, frame } = view
  if (view.sim !== undefined) return topUpWords(view, view.sim.kind, t)
  if (frame.channel === 'browser') {
    if (progress === 'scheduled') return t.progress.scheduledInBrowser
    if (progress === 'waiting-for-device') return t.progress.installInBrowser
  }
  return t.progress[progress]
}

/** A plan that is put on a SIM waits for no download. */
function topUpWords(view: OrderView, kind: TopUpKind, t: Strings): { title: string; text: string } {
  const { progress, because, canHandOver } = view
  if (because !== undefined) return t.topUp.trouble[because]
  if (progress === 'preparing') return t.topUp.preparing
  if (progress === 'cancelling') return t.topUp.cancelling
  if (progress === 'payment-refused' && kind === 'renewal') return t.topUp.renewalRefused
  if (progress !== 'active') return t.progress[progress]
  const done = { 'warm-sim': t.topUp.activated, 'add-balance': t.topUp.added, renewal: t.topUp.renewed }[kind]
  return canHandOver === 'first' ? { ...done, text: `${done.text} ${t.topUp.handOver}` } : done
}

function Actions({ view, t, path }: { view: OrderView; t: Strings; path: string }) {
  const { frame, progress, sim, canHandOver } = view
  return (
    <>
      {view.canCancelOrder && (
        <form method="post" action={`${path}/cancel`}>
          <Csrf frame={frame} />
          <button class="button" type="submit">
            {t.order.cancelOrder}
          </button>
        </form>
      )}
      {(progress === 'active' || progress === 'parked') && (
        <a
          class={progress === 'active' && canHandOver !== 'first' ? 'button primary' : 'button'}
          href="/portal/account"
        >
          {t.order.toPlans}
        </a>
      )}
      {(progress === 'cancelled' || progress === 'expired') && (
        <a class="button primary" href="/portal/plans">
          {t.order.newOrder}
        </a>
      )}
      {progress === 'payment-refused' && sim?.kind !== 'renewal' && (
        <a class="button primary" href="/portal/review">
          {t.order.choosePayment}
        </a>
      )}
      {canHandOver !== 'no' && (
        <form method="post" action={`${path}/handover`}>
          <Csrf frame={frame} />
          <button class={sim !== undefined && canHandOver === 'again' ? 'button' : 'button primary'} type="submit">
            {handOverWords(view, t)}
          </button>
        </form>
      )}
    </>
  )
}

function handOverWords({ canHandOver, sim }: OrderView, t: Strings): string {
  if (canHandOver === 'activate') return t.order.useEsim
  if (sim !== undefined) return canHandOver === 'again' ? t.topUp.again : t.continue
  return canHandOver === 'again' ? t.order.installAgain : t.order.install
}
