/**
 * Which gateway page and which notifications fit a SIM. Pure.
 *
 * @see Mobile Plans "Gateway" (GetOffers) and "Notifications" (GetNotifications)
 */
import { grantStates } from './balance'
import { type BalanceMarkRules, balanceMarks } from './balance-marks'
import type { GatewaysConfig, NotificationsConfig, NotificationType } from './gateway-schema'
import type { Sim } from './sim'
import { endOf } from './usage'

/** The gateway that everybody gets where nothing else is said; Windows takes it by itself without asking. */
export function defaultGateway({ templates }: GatewaysConfig): string {
  return templates[0]?.id ?? '0'
}

/**
 * Ids of the templates for a SIM, the most fitting first; none for an excluded SIM.
 *
 * @param device what tells devices apart for rules with a share: the IMEI, else the ICCID
 */
export function gatewaysFor(sim: Sim, device: string, now: Date, gateways: GatewaysConfig): string[] {
  if (sim.kind === 'excluded') return []
  const fitting = gateways.offers.filter(
    ({ percent, gateway, ...rule }) =>
      fits(sim, now, rule) && (percent === undefined || share(device, gateway) < percent),
  )
  return [...new Set([...fitting.map(({ gateway }) => gateway), defaultGateway(gateways)])]
}

/** What notifications are decided by. */
export interface NotificationRules {
  notifications: NotificationsConfig
  balanceMarks: BalanceMarkRules
  /** Ids of the plans that are trials. */
  trialPlans: ReadonlySet<string>
}

/** Ids of the notifications of a type that are true of a SIM now, in the order of operator.json. */
export function notificationsFor(sim: Sim, type: NotificationType, now: Date, rules: NotificationRules): number[] {
  if (sim.kind === 'excluded' || !isTrue(sim, type, now, rules)) return []
  return rules.notifications.filter((it) => it.type === type && fits(sim, now, it)).map(({ id }) => id)
}

function isTrue(sim: Sim, type: NotificationType, now: Date, rules: NotificationRules): boolean {
  const marks = balanceMarks(sim, now, rules.balanceMarks).map(({ mark }) => mark)
  const trials = sim.grants.filter(({ planId }) => rules.trialPlans.has(planId))
  const running = grantStates(sim, now).filter(({ dataRemainingMB }) => dataRemainingMB > 0)
  const runningTrials = running.filter(({ grant }) => rules.trialPlans.has(grant.planId))
  switch (type) {
    case 'LowBalance':
      return marks.includes('low-data') || marks.includes('ending-soon')
    case 'ZeroBalance':
      return running.length === 0
    case 'NewOffer':
      return true
    case 'TrialOffer':
      return rules.trialPlans.size > 0 && trials.length === 0
    case 'TrialEnding': {
      const soon = now.getTime() + rules.balanceMarks.endingHours * 60 * 60_000
      return runningTrials.length > 0 && runningTrials.every(({ grant }) => endOf(grant) <= soon)
    }
    case 'TrialEnded':
      return trials.length > 0 && running.length === 0
  }
}

function fits(sim: Sim, now: Date, rule: Pick<NotificationsConfig[number], 'kinds' | 'balance'>): boolean {
  if (rule.kinds !== undefined && !rule.kinds.some((kind) => kind === sim.kind)) return false
  if (rule.balance === undefined) return true
  const usable = grantStates(sim, now).some(({ dataRemainingMB }) => dataRemainingMB > 0)
  return usable === (rule.balance === 'some')
}

/** A number from 0 to 99.99 that is the same for the same device and template: FNV-1a, 32 bits, mixed once more so that near texts lie apart. */
function share(device: string, gateway: string): number {
  let hash = 0x811c9dc5
  for (const character of `${gateway} ${device}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (((hash ^ (hash >>> 13)) >>> 0) % 10_000) / 100
}
