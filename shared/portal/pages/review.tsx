import { localEntry } from '../../domain/local-text'
import { type Strings, stringsFor } from '../strings'
import type { ReviewView } from '../views'
import { dayWords, durationWords, percentWords, planWords } from './format'
import { Page } from './layout'
import { Csrf, ErrorSummary, Facts, Field, FieldError, FrameNotice } from './parts'
import { renderDocument } from './render'

/**
 * Everything that must be plain before an order binds: plan, total with tax, when and how it is paid, refund, terms. The button names
 * the duty to pay and the total (Directive 2011/83/EU, art. 8(2)).
 */
export function renderReview(view: ReviewView): string {
  const { frame, plan, form } = view
  const t = stringsFor(frame.language)
  const words = planWords(frame, plan)
  return renderDocument(
    <Page
      frame={frame}
      page="review"
      title={t.review.title}
      script
      actions={
        <>
          <a class="button" href={view.plansPath}>
            {t.back}
          </a>
          <button class="button primary" type="submit" form="buy">
            {t.review.buy(words.price)}
          </button>
        </>
      }
    >
      <h1>{t.review.title}</h1>
      <FrameNotice frame={frame} />
      <ErrorSummary
        form={form}
        t={t}
        fields={{
          ...(view.instruments.length > 0 ? { instrument: { id: 'instrument-0' } } : {}),
          terms: { id: 'terms' },
          code: { id: 'code', label: t.review.voucher },
        }}
      />
      <div class="columns">
        <section class="card" aria-labelledby="summary">
          <h2 id="summary" class="plan-name">
            {words.name}
          </h2>
          <p class="amount">
            <span class="data">{words.data}</span> <span class="time">{words.time}</span>
          </p>
          <Summary view={view} t={t} />
        </section>
        <section class="card" aria-labelledby="pay">
          <p class="total">
            {t.review.total} <strong>{words.price}</strong>{' '}
            <small>{t.review.tax(percentWords(plan.price.taxRate, frame.language))}</small>
          </p>
          <h2 id="pay">{t.review.pay}</h2>
          <BuyForm view={view} t={t} />
          <form class="inline" method="post" action="/portal/voucher" novalidate>
            <Csrf frame={frame} />
            <Field name="code" label={t.review.voucher} form={form} t={t} maxlength={40} required={false} />
            <button class="button" type="submit">
              {t.review.addVoucher}
            </button>
          </form>
        </section>
      </div>
    </Page>,
  )
}

function Summary({ view, t }: { view: ReviewView; t: Strings }) {
  const { frame, plan, device, sim } = view
  const withdrawal = frame.operator.legal.withdrawal
  const hasWithdrawal =
    withdrawal !== undefined && localEntry(withdrawal, frame.language, frame.operator.defaultLanguage) !== undefined
  const refund = sim === undefined ? t.review.refundText : t.review.refundSimText
  return (
    <Facts
      facts={[
        [
          t.review.billing,
          plan.kind === 'subscription' ? t.review.renews(durationWords(plan.duration, frame.language)) : t.review.once,
        ],
        ...renewalFacts(view, t),
        sim === undefined
          ? [t.review.device, device ?? t.review.deviceUnknown]
          : [t.review.sim, t.review.simEnd(sim.end)],
        [t.review.charge, sim === undefined ? t.review.chargeText : t.review.chargeSimText],
        [t.review.refund, hasWithdrawal ? <a href="/portal/terms#withdrawal">{refund}</a> : refund],
      ]}
    />
  )
}

/** What a subscription costs next, and how it ends: both are to be known before it is ordered. */
function renewalFacts({ frame, plan, renewsAt }: ReviewView, t: Strings): [name: string, value: string][] {
  if (plan.kind !== 'subscription') return []
  const { price } = planWords(frame, plan)
  const next =
    renewsAt === undefined
      ? t.review.nextAfter(price, durationWords(plan.duration, frame.language))
      : t.review.nextOn(price, dayWords(renewsAt, frame.language))
  return [
    [t.review.next, next],
    [t.review.end, t.review.endText],
  ]
}

function BuyForm({ view, t }: { view: ReviewView; t: Strings }) {
  const { frame, form, instruments } = view
  const only = instruments.length === 1 ? instruments[0]?.ref : undefined
  const chosen = form.values.instrument ?? view.selected ?? only
  return (
    <form id="buy" method="post" action="/portal/buy" novalidate>
      <Csrf frame={frame} />
      <input type="hidden" name="order" value={view.orderId} />
      <fieldset aria-describedby={form.errors.instrument === undefined ? undefined : 'instrument-error'}>
        <legend class="hidden">{t.review.pay}</legend>
        {instruments.length === 0 && <p>{t.review.noPay}</p>}
        {instruments.map(({ ref, label }, index) => (
          <label class="row" for={`instrument-${index}`}>
            <input
              type="radio"
              name="instrument"
              id={`instrument-${index}`}
              value={ref}
              checked={ref === chosen}
              required
            />
            <span>{label}</span>
          </label>
        ))}
        <FieldError name="instrument" form={form} t={t} />
      </fieldset>
      <label class="row" for="terms">
        <input
          type="checkbox"
          id="terms"
          name="terms"
          value="yes"
          checked={form.values.terms !== undefined}
          required
          aria-invalid={form.errors.terms === undefined ? undefined : 'true'}
          aria-describedby={form.errors.terms === undefined ? undefined : 'terms-error'}
        />
        <span>{t.review.accept}</span>
      </label>
      <FieldError name="terms" form={form} t={t} />
      <p class="links">
        <a href="/portal/terms">{t.review.readTerms}</a> <a href="/portal/privacy">{t.review.readPrivacy}</a>
      </p>
    </form>
  )
}
