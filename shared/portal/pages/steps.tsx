import type { Strings } from '../strings'
import type { Progress } from '../views'

/** The four steps that a person sees. */
export type Step = keyof Strings['order']['steps']
/** How far a step is. */
export type StepState = keyof Strings['order']['stepState']

const all = (payment: StepState, profile: StepState, download: StepState, connected: StepState) =>
  ({ payment, profile, download, connected }) as const

/**
 * How far the four steps are.
 *
 * @param stuck the device reported a problem with the download
 * @returns `undefined` where an order no longer moves along them
 */
export function stepsOf(progress: Progress, stuck: boolean): Readonly<Record<Step, StepState>> | undefined {
  switch (progress) {
    case 'preparing':
      return all('done', 'current', 'todo', 'todo')
    case 'payment-refused':
      return all('problem', 'todo', 'todo', 'todo')
    case 'ready':
    case 'scheduled':
    case 'waiting-for-device':
    case 'downloading':
      return all('done', 'done', stuck ? 'problem' : 'current', 'todo')
    case 'installed':
      return all('done', 'done', 'done', 'current')
    case 'active':
      return all('done', 'done', 'done', 'done')
    case 'cancelling':
    case 'cancelled':
    case 'expired':
    case 'parked':
      return undefined
  }
}

/** The steps as a list; each says its state in words too, as colour alone is not enough. */
export function Steps({ progress, stuck, t }: { progress: Progress; stuck: boolean; t: Strings }) {
  const states = stepsOf(progress, stuck)
  if (states === undefined) return null
  const steps = Object.keys(t.order.steps) as Step[] // the catalogue's keys are the steps
  return (
    <ol class="steps" aria-label={t.order.stepsLabel}>
      {steps.map((step) => (
        <li class={states[step]} aria-current={states[step] === 'current' ? 'step' : undefined}>
          <span>{t.order.steps[step]}</span> <span class="hidden">{t.order.stepState[states[step]]}</span>
        </li>
      ))}
    </ol>
  )
}
