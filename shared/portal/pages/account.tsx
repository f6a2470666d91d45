import { formatMegabytes } from '../../domain/plan'
import { type Strings, stringsFor } from '../strings'
import type { AccountView, LineView, SubscriptionView } from '../views'
import { dayWords, durationWords } from './format'
import { Page } from './layout'
import { FrameNotice, LineNotices } from './parts'
import { renderDocument } from './render'

/** A person's plans with what is left, and their orders; the page behind "View my account" in Windows. */
export function renderAccount({ frame, notices, lines, orders, newEsim }: AccountView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page
      frame={frame}
      page="account"
      title={t.account.title}
      actions={
        newEsim && (
          <a class="button primary" href="/portal/plans">
            {t.account.newPlan}
          </a>
        )
      }
    >
      <h1>{t.account.title}</h1>
      <FrameNotice frame={frame} />
      <LineNotices notices={notices} frame={frame} />
      <section aria-label={t.account.lines}>
        {lines.length === 0 ? (
          <p class="lead">{t.account.noLines}</p>
        ) : (
          <>
            <ul class="tiles">
              {lines.map((line) => (
                <li class="tile">
                  <Line line={line} t={t} language={frame.language} />
                </li>
              ))}
            </ul>
            <p class="muted">
              {t.account.manage} <a href="/portal/help">{t.nav.help}</a>
            </p>
          </>
        )}
      </section>
      <section aria-labelledby="orders">
        <h2 id="orders">{t.account.orders}</h2>
        {orders.length === 0 ? (
          <p>{t.account.noOrders}</p>
        ) : (
          <ul class="orders">
            {orders.map((order) => (
              <li>
                <a href={order.path}>{order.reference}</a>
                <span>
                  {t.account.kinds[order.kind]} · {order.planName}
                </span>
                <time datetime={order.placedAt}>{dayWords(order.placedAt, frame.language)}</time>
                <span class={`badge ${order.progress}`}>{shortWords(order, t)}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </Page>,
  )
}

function shortWords({ kind, progress }: AccountView['orders'][number], t: Strings): string {
  return kind !== 'new-esim' && progress === 'active' ? t.topUp.done : t.progressShort[progress]
}

function Line({ line, t, language }: { line: LineView; t: Strings; language: string }) {
  return (
    <span class="face">
      <span class="plan-name">{t.account.sim(line.end)}</span>
      {line.balances.map(({ planName, dataRemainingMB, timeRemaining, startsAt }) => (
        <>
          <span class="data">
            {formatMegabytes(dataRemainingMB, language)} <small>{t.account.left}</small>
          </span>
          <span class="time">
            {planName} ·{' '}
            {startsAt === undefined
              ? t.account.time(durationWords(timeRemaining, language))
              : t.account.from(dayWords(startsAt, language))}
          </span>
        </>
      ))}
      {line.subscriptions.map((subscription) => (
        <span class="text">
          {subscriptionWords(subscription, t, language)}
          {subscription.cancelPath !== undefined && (
            <>
              {' '}
              <a href={subscription.cancelPath}>{t.subscription.cancel}</a>
            </>
          )}
        </span>
      ))}
      <span class="price">
        <span class={`badge ${line.state}`}>{t.account.states[line.state]}</span>{' '}
        <a class="button" href={line.addDataPath}>
          {t.account.addData} <span class="hidden">{t.account.sim(line.end)}</span>
        </a>
      </span>
    </span>
  )
}

function subscriptionWords({ planName, price, state }: SubscriptionView, t: Strings, language: string): string {
  const words = t.subscription
  switch (state.is) {
    case 'renews':
      return words.renews(planName, dayWords(state.at, language), price)
    case 'cancelled':
      return words.cancelled(planName, dayWords(state.endsAt, language))
    case 'refused':
      return words.refused(planName, dayWords(state.until, language))
    case 'ended':
      return state.because === 'payment-refused' ? words.endedRefused(planName) : words.ended(planName)
  }
}
