import { describeDuration } from '../../domain/duration'
import { downloadDelayMinutes, type Plan, planDelivery } from '../../domain/plan'
import type { Strings } from '../strings'
import type { Frame } from '../views'
import { durationWords, planWords } from './format'

/** How often the plan is paid for. */
export function billingWords(frame: Frame, t: Strings, plan: Plan): string {
  return plan.kind === 'subscription' ? t.plans.per(durationWords(plan.duration, frame.language)) : t.plans.once
}

/** What a person has to wait for with this plan; nothing where it works at once. */
function waitWords(frame: Frame, t: Strings, plan: Plan): string | undefined {
  const inWords = (minutes: number) => describeDuration(minutes * 60_000, frame.language)
  switch (planDelivery(plan)) {
    case 'delayed':
      return t.plans.downloadAfter(inWords(downloadDelayMinutes(plan)))
    case 'asynchronous':
      return t.plans.onlineAfter(inWords(plan.registerAfter))
    case 'inline':
      return undefined
  }
}

/**
 * Face of a plan: data largest, then time, then what it costs. Used on tiles to choose from and tiles to look at.
 * `onSim`: it is put on a SIM that people have, for which nobody waits.
 */
export function PlanFace({ frame, t, plan, onSim = false }: { frame: Frame; t: Strings; plan: Plan; onSim?: boolean }) {
  const words = planWords(frame, plan)
  const wait = onSim ? undefined : waitWords(frame, t, plan)
  return (
    <span class="face">
      <span class="plan-name">{words.name}</span>
      <span class="data">{words.data}</span>
      <span class="time">{words.time}</span>
      <span class="text">{words.description}</span>
      {wait !== undefined && <span class="text">{wait}</span>}
      <span class="price">
        <strong>{words.price}</strong> <span>{billingWords(frame, t, plan)}</span>
      </span>
    </span>
  )
}
