import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { Device } from './device'
import type { Flyout } from './model'

const balance = v.looseObject({
  type: v.string(),
  dataRemainingInMB: v.optional(v.number()),
  dataRemaininginMB: v.optional(v.number()),
  timeRemaining: v.optional(v.string(), 'PT0S'),
})
/** One balance of a GetBalance answer, with both spellings of the data field. */
export type Balance = v.InferOutput<typeof balance>
const answerSchema = v.object({ balances: v.array(balance) })

const a = { id: 'A' as const, text: 'Connect with a data plan' }
const b = { id: 'B' as const, text: 'View my account' }

/** "200MB", "4.25GB". */
export function dataText(megabytes: number): string {
  if (megabytes < 1024) return `${Number(megabytes.toFixed(1))}MB`
  return `${Number((megabytes / 1024).toFixed(2))}GB`
}

/** "24 hours left" from an ISO 8601 duration of days, hours, minutes and seconds. */
export function timeText(duration: string): string {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration)
  if (match === null) return `${duration} left`
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  const total = days * 24 * 60 + hours * 60 + minutes + Math.floor(seconds / 60)
  const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'} left`
  if (total > 48 * 60) return plural(Math.floor(total / (24 * 60)), 'day')
  if (total >= 60) return plural(Math.floor(total / 60), 'hour')
  return plural(total, 'minute')
}

/** Which elements the flyout shows for a balance ("Account management", table of types). */
export function flyoutElements(answer: Balance | undefined): Pick<Flyout, 'elements' | 'note'> {
  if (answer === undefined)
    return { elements: [a], note: 'The list of balances is empty; what Windows shows then is not documented.' }
  const data = answer.dataRemainingInMB ?? answer.dataRemaininginMB ?? 0
  switch (answer.type) {
    case 'MODIRECT':
      return { elements: [b] }
    case 'MODIRECTPAYG':
      return { elements: [b, { id: 'C', text: `Connected: ${dataText(data)}, ${timeText(answer.timeRemaining)}` }] }
    case 'NONE':
      return { elements: [a] }
    case 'NOTSUPPORTED':
      return { elements: [b], note: 'Mobile Plans is turned off for this SIM.' }
    default:
      return { elements: [a], note: `Unknown type ${answer.type}` }
  }
}

/** Opens the network flyout: the Mobile Plans service asks the operator for the balance of the SIM in use. */
export async function openFlyout(device: Device): Promise<Flyout> {
  const flyout = await compose(device)
  device.state.flyout = flyout
  device.changed()
  return flyout
}

async function compose(device: Device): Promise<Flyout> {
  const at = new Date().toISOString()
  const iccid = device.activeIccid
  if (iccid === undefined) return { at, elements: [a], note: 'No SIM profile is active, so nobody is asked.' }
  const { portalUrl, balanceAccess } = device.surroundings
  const query = `fieldsTemplate=basic&limit=1&location=${device.settings.location}`
  const url = new URL(`/v1/sims/${iccid}/balances?${query}`, portalUrl).href
  const headers: Record<string, string> = { 'X-MS-DM-TransactionId': `MSFT-${randomUUID()}` }
  if (balanceAccess?.basic !== undefined)
    headers.Authorization = `Basic ${Buffer.from(balanceAccess.basic).toString('base64')}`
  const secret =
    balanceAccess?.clientCertificate === undefined ? {} : { 'X-ARR-ClientCert': balanceAccess.clientCertificate }
  const request = {
    url,
    headers: { ...headers, ...(headers.Authorization === undefined ? {} : { Authorization: 'Basic …' }) },
  }
  const why = 'The Mobile Plans service asks the operator for the balance of the SIM in use each time the flyout opens.'
  try {
    const response = await fetch(url, { headers: { ...headers, ...secret }, signal: AbortSignal.timeout(10_000) })
    const text = await response.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const answer = { status: response.status, body }
    const read = v.safeParse(answerSchema, body)
    const good = response.ok && read.success
    device.record('Windows', 'Operator API', `GetBalance → ${response.status}`, { request, answer }, why, good)
    if (!good)
      return {
        at,
        elements: [a],
        note: `GetBalance failed (${response.status}); what Windows shows then is not documented.`,
        request,
        answer,
      }
    return { at, ...flyoutElements(read.output.balances[0]), request, answer }
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    device.record('Windows', 'Operator API', 'GetBalance: no answer', { request }, why, false)
    return {
      at,
      elements: [a],
      note: 'The operator did not answer; what Windows shows then is not documented.',
      request,
    }
  }
}
