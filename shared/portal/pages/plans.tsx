import { stringsFor } from '../strings'
import type { PlansView } from '../views'
import { Page } from './layout'
import { Csrf, ErrorSummary, FieldError, FrameNotice } from './parts'
import { PlanFace } from './plan-tile'
import { renderDocument } from './render'

/** Plans as tiles, one of which is chosen; radio buttons, so that it works without script and by keyboard. */
export function renderPlans({ frame, plans, selected, form, sim }: PlansView): string {
  const t = stringsFor(frame.language)
  const chosen = form.values.plan ?? selected
  const first = plans[0]
  const title =
    sim === undefined
      ? t.plans.title
      : sim.kind === 'warm-sim'
        ? t.plans.activateTitle(sim.end)
        : t.plans.addTitle(sim.end)
  return renderDocument(
    <Page
      frame={frame}
      page="plans"
      title={title}
      actions={
        first !== undefined && (
          <button class="button primary" type="submit" form="plans">
            {t.next}
          </button>
        )
      }
    >
      <h1>{title}</h1>
      {first === undefined ? (
        <>
          <p class="lead">
            {t.plans.none} <a href="/portal/help">{t.support}</a>
          </p>
          <FrameNotice frame={frame} />
        </>
      ) : (
        <>
          <p class="lead">{sim === undefined ? t.plans.lead : t.plans.simLead}</p>
          <FrameNotice frame={frame} />
          <ErrorSummary form={form} t={t} fields={{ plan: { id: `plan-${first.id}` } }} />
          <form id="plans" method="post" action={frame.path} novalidate>
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
                      <PlanFace frame={frame} t={t} plan={plan} onSim={sim !== undefined} />
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
