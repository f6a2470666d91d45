import { describeDuration } from '../../domain/duration'
import type { Plan } from '../../domain/plan'
import type { Strings } from '../strings'
import type { Frame } from '../views'
import { durationWords, planWords } from './format'

/** How often the plan is paid for. */
export function billingWords(frame: Frame, t: Strings, plan: Plan): string {
  return plan.kind === 'subscription' ? t.plans.per(durationWords(plan.duration, frame.language)) : t.plans.once
}

/** Face of a plan: data largest, then time, then what it costs. Used on tiles to choose from and tiles to look at. */
export function PlanFace({ frame, t, plan }: { frame: Frame; t: Strings; plan: Plan }) {
  const words = planWords(frame, plan)
  return (
    <span class="face">
      <span class="plan-name">{words.name}</span>
      <span class="data">{words.data}</span>
      <span class="time">{words.time}</span>
      <span class="text">{words.description}</span>
      {plan.downloadAfter > 0 && (
        <span class="text">{t.plans.later(describeDuration(plan.downloadAfter * 60_000, frame.language))}</span>
      )}
      <span class="price">
        <strong>{words.price}</strong> <span>{billingWords(frame, t, plan)}</span>
      </span>
    </span>
  )
}
