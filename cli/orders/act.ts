import { userInfo } from 'node:os'
import type { StaffEvent } from '../../shared/domain/order/event'
import type { Order } from '../../shared/domain/order/order'
import type { StaffRefusal } from '../../shared/domain/order/staff'
import { recordStaffAct } from '../../shared/fulfilment/staff'
import { createLog, maskPersonalData, withLogSink } from '../../shared/platform/log'
import type { DocumentStore, WakeQueue } from '../../shared/platform/ports'
import { CliError, type Io, type Outcome } from '../io'
import { openDocuments, openWakes, readRules } from '../settings'
import { findOrder, referenceOf } from './open-orders'

/** What the person who typed the command says. */
export interface ActOptions {
  json: boolean
  by?: string
  note?: string
  outcome?: 'delivered' | 'not-delivered'
}

/** Where acts are recorded; tests bring their own. */
export interface ActParts {
  documents: DocumentStore
  wakes: WakeQueue
}

const longestName = 40
const longestNote = 140

/** `orders retry`, `cancel` and `resolve`: records the act with its author; the app's workers carry the order on. */
export async function actCommand(
  io: Io,
  action: StaffEvent['action'],
  text: string,
  options: ActOptions,
  given?: ActParts,
): Promise<Outcome> {
  const by = words('--by', options.by ?? osUser(), longestName)
  if (by === '') throw new CliError('usage', 'name yourself with --by')
  const note = options.note === undefined ? undefined : words('--note', options.note, longestNote)
  if (given !== undefined) return act(io, { action, by, note, outcome: options.outcome }, text, options.json, given)
  const wakes = await openWakes(io)
  try {
    const parts = { documents: await openDocuments(io), wakes }
    return await act(io, { action, by, note, outcome: options.outcome }, text, options.json, parts)
  } finally {
    await wakes.close?.()
  }
}

async function act(
  io: Io,
  told: Omit<StaffEvent, 'type'>,
  text: string,
  json: boolean,
  { documents, wakes }: ActParts,
): Promise<Outcome> {
  const { id } = await findOrder(documents, text)
  const event: StaffEvent = { type: 'staff', ...told }
  const sink = { info: io.err, warn: (line: string) => io.err(`${line}\n`), error: io.err }
  const answer = await withLogSink(sink, () =>
    recordStaffAct({ documents, wakes, rules: readRules(io), clock: () => new Date(), log: createLog() }, id, event),
  )
  if (answer === undefined) throw new CliError('failed', 'There is no order with this id')
  const { order, refused } = answer
  if (json) {
    const { state } = order.stage
    io.out(`${JSON.stringify({ reference: referenceOf(order), id, state, refused: refused ?? null })}\n`)
  } else if (refused === undefined) io.out(`${sayOf(order)}\n`)
  else io.err(`Nothing was changed: ${refusals[refused]}.\n`)
  return refused === undefined ? 'good' : 'findings'
}

function sayOf(order: Order): string {
  const { stage, closed } = order
  const reference = referenceOf(order)
  if (closed) return `${reference} is ${stage.state}, and closed.`
  if (stage.state === 'parked') return `${reference} is parked again: ${stage.reason}.`
  return `${reference} is ${stage.state}; the app carries it on.`
}

/** Why not, and what to do instead. */
const refusals: Record<StaffRefusal, string> = {
  'not-parked': 'the order is not parked; it goes on by itself',
  changed: 'it was parked for another reason meanwhile. Look at it again (orders show), then decide',
  captured: 'the money was taken. Pay it back in billing; if the order is parked, use resolve --outcome not-delivered',
  installed: 'the eSIM is installed. If the person does not have it, use resolve --outcome not-delivered',
  ended: 'the order has ended already; only what is parked behind it is open. Use retry or resolve',
  'too-late': 'the eSIM is being delivered, the balance has been added, or the order has ended',
  'outcome-unknown':
    'the order does not tell whether the person has what they bought. Add --outcome delivered or not-delivered',
  'no-profile':
    'nothing was ordered at the SM-DP+ or added to a SIM for this order, so it cannot have delivered anything',
  'profile-cancelled': 'the SM-DP+ has confirmed the cancellation, so the person cannot have this eSIM',
  complete: 'the purchase is complete; nothing but stock is parked behind it',
}

/** One line, without personal data: the order's story is for many eyes. */
function words(option: string, text: string, longest: number): string {
  const line = maskPersonalData(
    text
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\p{Cc}/gu, '')
      .trim(),
  )
  if (line.length > longest) throw new CliError('usage', `${option} takes up to ${longest} characters`)
  return line
}

function osUser(): string {
  try {
    return userInfo().username
  } catch (cause) {
    throw new CliError('usage', 'this computer does not say who you are: name yourself with --by', { cause })
  }
}
