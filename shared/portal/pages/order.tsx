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
      <Steps progress={progress} stuck={view.problem !== undefined} t={t} />
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
function progressWords({ progress, frame }: OrderView, t: Strings): { title: string; text: string } {
  if (frame.channel === 'browser') {
    if (progress === 'scheduled') return t.progress.scheduledInBrowser
    if (progress === 'waiting-for-device') return t.progress.installInBrowser
  }
  return t.progress[progress]
}

function handOverWords(offer: 'first' | 'again' | 'activate', t: Strings): string {
  if (offer === 'activate') return t.order.useEsim
  return offer === 'again' ? t.order.installAgain : t.order.install
}

function Actions({ view, t, path }: { view: OrderView; t: Strings; path: string }) {
  const { frame, progress } = view
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
        <a class={progress === 'active' ? 'button primary' : 'button'} href="/portal/account">
          {t.order.toPlans}
        </a>
      )}
      {(progress === 'cancelled' || progress === 'expired') && (
        <a class="button primary" href="/portal/plans">
          {t.order.newOrder}
        </a>
      )}
      {progress === 'payment-refused' && (
        <a class="button primary" href="/portal/review">
          {t.order.choosePayment}
        </a>
      )}
      {view.canHandOver !== 'no' && (
        <form method="post" action={`${path}/handover`}>
          <Csrf frame={frame} />
          <button class="button primary" type="submit">
            {handOverWords(view.canHandOver, t)}
          </button>
        </form>
      )}
    </>
  )
}
