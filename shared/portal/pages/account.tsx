import { formatMegabytes } from '../../domain/plan'
import { type Strings, stringsFor } from '../strings'
import type { AccountView } from '../views'
import { dayWords, durationWords } from './format'
import { Page } from './layout'
import { FrameNotice } from './parts'
import { renderDocument } from './render'

/** A person's plans with what is left, and their orders; the page behind "View my account" in Windows. */
export function renderAccount({ frame, lines, orders }: AccountView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page
      frame={frame}
      page="account"
      title={t.account.title}
      actions={
        <a class="button primary" href="/portal/plans">
          {t.account.newPlan}
        </a>
      }
    >
      <h1>{t.account.title}</h1>
      <FrameNotice frame={frame} />
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
                <span>{order.planName}</span>
                <time datetime={order.placedAt}>{dayWords(order.placedAt, frame.language)}</time>
                <span class={`badge ${order.progress}`}>{t.progressShort[order.progress]}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </Page>,
  )
}

function Line({ line, t, language }: { line: AccountView['lines'][number]; t: Strings; language: string }) {
  return (
    <span class="face">
      <span class="plan-name">{line.planName}</span>
      {line.dataRemainingMB !== undefined && (
        <span class="data">
          {formatMegabytes(line.dataRemainingMB, language)} <small>{t.account.left}</small>
        </span>
      )}
      {line.timeRemaining !== undefined && (
        <span class="time">{t.account.time(durationWords(line.timeRemaining, language))}</span>
      )}
      <span class="price">
        <span class={`badge ${line.state}`}>{t.account.states[line.state] ?? line.state}</span>{' '}
        <span>{t.account.sim(line.iccid.slice(-4))}</span>
      </span>
      {line.orderPath !== undefined && <a href={line.orderPath}>{t.account.details}</a>}
    </span>
  )
}
