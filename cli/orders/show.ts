import { maskIdentifier } from '../../shared/domain/identifiers'
import { decide } from '../../shared/domain/order/decide'
import type { Order, Profile, TopUp } from '../../shared/domain/order/order'
import type { Rules } from '../../shared/domain/order/rules'
import { maskPersonalData } from '../../shared/platform/log'
import type { DocumentStore } from '../../shared/platform/ports'
import type { Io, Outcome } from '../io'
import { openDocuments, readRules } from '../settings'
import { findOrder, referenceOf } from './open-orders'

/** `orders show`: all that is known of one order. Identifiers of people and devices are masked unless `reveal`. */
export async function showCommand(
  io: Io,
  text: string,
  options: { json: boolean; reveal: boolean },
  documents?: DocumentStore,
  now: Date = new Date(),
): Promise<Outcome> {
  const order = await findOrder(documents ?? (await openDocuments(io)), text)
  const shown = options.reveal ? order : masked(order)
  const next = nextOf(order, now, readRules(io))
  io.out(
    options.json
      ? `${JSON.stringify({ reference: referenceOf(order), next, ...shown }, undefined, 2)}\n`
      : story(shown, next),
  )
  return 'good'
}

/** What the order does next, in words. */
function nextOf(order: Order, now: Date, rules: Rules): string {
  const { stage, lease, checkAt } = order
  if (order.closed) return 'nothing: closed'
  if (lease !== undefined && lease.until > now.toISOString())
    return `${lease.effect}, attempt ${lease.attempt}, is under way until ${lease.until}`
  const { effects } = decide(order, { type: 'wake' }, now, rules)
  const [effect] = effects
  if (effect !== undefined) return `${effect.do}, attempt ${effect.attempt}, is due since ${checkAt ?? 'now'}`
  return `${stage.state === 'parked' ? 'staff; ' : ''}looked at again at ${checkAt ?? 'no time'}`
}

function story(order: Order, next: string): string {
  const { stage, payment, plan, device, problem } = order
  const lines: [name: string, text: string | undefined][] = [
    ['Order', `${referenceOf(order)}  ${order.id}`],
    ['Stage', `${stage.state} since ${stage.since}${whyOf(order)}`],
    ['Next', next],
    ['Plan', `${plan.id}, ${plan.price.amountMinor} ${plan.price.currency} (minor units), ${soldOf(order)}`],
    ['Renews', renewsOf(order)],
    ['Payment', [payment.status, payment.refusal, payment.authorisationId].filter(Boolean).join(', ')],
    ['Profile', order.profile && profileLine(order.profile)],
    ['SIM', order.topUp && topUpLine(order.topUp)],
    ...order.retired.map((profile): [string, string] => ['Former', profileLine(profile)]),
    ['Device', [device.eid && `EID ${device.eid}`, device.imei && `IMEI ${device.imei}`].filter(Boolean).join(', ')],
    ['Person', `${order.subscriberId}${order.transactionId ? `, transaction ${order.transactionId}` : ''}`],
    ['Problem', problem && `${problem.code}, said by ${problem.source} at ${problem.at}`],
    ['Failing', failing(order)],
  ]
  const head = lines.filter(([, text]) => text).map(([name, text]) => `${name.padEnd(8)} ${text}\n`)
  const log = order.log.map(({ at, what, detail }) => `${at}  ${what}${detail === undefined ? '' : `  ${detail}`}\n`)
  const gap = order.logDropped > 0 ? [`… ${order.logDropped} lines were dropped from the middle\n`] : []
  return [...head, '\n', ...log.slice(0, 20), ...gap, ...log.slice(20)].join('')
}

function whyOf({ stage }: Order): string {
  switch (stage.state) {
    case 'parked':
      return `: ${stage.reason}, from ${stage.from}`
    case 'cancelling':
      return `: because ${stage.because}, then ${stage.then}`
    case 'cancelled':
      return `: because ${stage.because}`
    default:
      return ''
  }
}

/** What was sold; a renewal is placed by the app, whatever channel its subscription was bought by. */
function soldOf({ kind, channel }: Order): string {
  return kind === 'renewal' ? kind : `${kind} by ${channel}`
}

function renewsOf({ subscription }: Order): string | undefined {
  if (subscription === undefined) return undefined
  const { id, period, scheduled, ended } = subscription
  const next = ended ? 'ended' : scheduled ? 'the next renewal is in the calendar' : 'no renewal in the calendar yet'
  return `period ${period} of subscription ${id}; ${next}`
}

function topUpLine({ iccid, line, granted, resting, startsAt }: TopUp): string {
  const words = [`ICCID ${iccid}`, `balance ${granted ? 'granted' : 'none'}`]
  if (line === 'on') words.push('line opened')
  if (startsAt !== undefined) words.push(`not before ${startsAt}`)
  if (resting) words.push('rests until it is let go')
  return words.join(', ')
}

function profileLine({ number, iccid, matchingId, smdp, stock, line, granted }: Profile): string {
  const balance = granted ? 'granted' : 'none'
  return `${number}: ICCID ${iccid}, matching id ${matchingId}; SM-DP+ ${smdp}, stock ${stock}, line ${line}, balance ${balance}`
}

function failing({ tries }: Order): string {
  return Object.entries(tries)
    .filter(([, { failures }]) => failures > 0)
    .map(([key, { failures, notBefore }]) => `${key} ${failures} times in a row, not before ${notBefore ?? 'now'}`)
    .join('; ')
}

/** The order with every identifier of person, device and SIM cut down to its last characters. */
function masked(order: Order): Order {
  return { ...maskAll(order), id: order.id }
}

function maskAll<T>(value: T, name = ''): T {
  if (typeof value === 'string')
    return (secret.has(name) ? maskIdentifier(value) : maskPersonalData(value)) as typeof value
  if (Array.isArray(value)) return value.map((member) => maskAll(member, name)) as typeof value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskAll(member, key)])) as typeof value
}

const secret = new Set(['iccid', 'eid', 'imei', 'matchingId', 'location'])
