import { stringsFor } from '../strings'
import type { PlansView } from '../views'
import { Page } from './layout'
import { Csrf, ErrorSummary, FieldError, FrameNotice } from './parts'
import { PlanFace } from './plan-tile'
import { renderDocument } from './render'

/** Plans as tiles, one of which is chosen; radio buttons, so that it works without script and by keyboard. */
export function renderPlans({ frame, plans, selected, form }: PlansView): string {
  const t = stringsFor(frame.language)
  const chosen = form.values.plan ?? selected
  const first = plans[0]
  return renderDocument(
    <Page
      frame={frame}
      page="plans"
      title={t.plans.title}
      actions={
        first !== undefined && (
          <button class="button primary" type="submit" form="plans">
            {t.next}
          </button>
        )
      }
    >
      <h1>{t.plans.title}</h1>
      {first === undefined ? (
        <>
          <p class="lead">
            {t.plans.none} <a href="/portal/help">{t.support}</a>
          </p>
          <FrameNotice frame={frame} />
        </>
      ) : (
        <>
          <p class="lead">{t.plans.lead}</p>
          <FrameNotice frame={frame} />
          <ErrorSummary form={form} t={t} fields={{ plan: { id: `plan-${first.id}` } }} />
          <form id="plans" method="post" action="/portal/plans" novalidate>
            <Csrf frame={frame} />
            <fieldset aria-describedby={form.errors.plan === undefined ? undefined : 'plan-error'}>
              <legend class="hidden">{t.plans.legend}</legend>
              <FieldError name="plan" form={form} t={t} />
              <div class="tiles">
                {plans.map((plan) => (
                  <label class="choice" for={`plan-${plan.id}`}>
                    <input
                      type="radio"
                      name="plan"
                      id={`plan-${plan.id}`}
                      value={plan.id}
                      checked={plan.id === chosen}
                      required
                    />
                    <span class="tile">
                      <PlanFace frame={frame} t={t} plan={plan} />
                    </span>
                  </label>
                ))}
              </div>
            </fieldset>
          </form>
        </>
      )}
    </Page>,
  )
}
