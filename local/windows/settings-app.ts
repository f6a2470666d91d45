/** Windows Settings: the dialogs behind `ms-settings:cellular-id` and `lpa:` links (Windows 11). */
import { readActivationCode } from './activation-code'
import { start } from './callbacks'
import type { Device } from './device'
import type { ConsentDialog, Operation } from './model'

const known = ['imei', 'eid', 'iccid', 'make', 'model']
const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')

/**
 * Reads an `ms-settings:cellular-id` URI as Windows would.
 *
 * @param hasEsim whether the slot in use is an eUICC; asking a SIM card for `{eid}` is an error of its own
 * @see Microsoft Learn, "Request device identifiers for eSIM provisioning"
 */
export function readCellularId(uri: string, hasEsim: boolean): ConsentDialog {
  const at = /^ms-settings:cellular-id(?:\?(.*))?$/i.exec(uri)
  if (at === null) return { uri, placeholders: [], problem: 'Settings does not know this page' }
  if (at[1] === undefined || at[1] === '') return { uri, placeholders: [] }
  const parameter = /^callbackurl=(.*)$/i.exec(at[1])
  const callbackUrl = parameter?.[1]
  const unexpected = (reason: string): ConsentDialog => ({
    uri,
    placeholders: [],
    problem: `An unexpected issue occurred (${reason})`,
  })
  if (callbackUrl === undefined || !URL.canParse(callbackUrl)) return unexpected('callbackUrl is missing or not a URL')
  const url = new URL(callbackUrl)
  const secure = url.protocol === 'https:'
  const local = ['127.0.0.1', 'localhost'].includes(url.hostname)
  if (!secure && !(local && url.protocol === 'http:')) return unexpected('callbackUrl is not https')
  const placeholders = known.filter((name) => callbackUrl.toLowerCase().includes(`{${name}}`))
  if (placeholders.length === 0) return unexpected('callbackUrl holds no placeholder')
  if (placeholders.includes('eid') && !hasEsim)
    return { uri, callbackUrl, placeholders, problem: "Selected SIM slot doesn't support eSIM" }
  const warning =
    'Real Windows accepts https callback URLs only; http works here because the portal runs on this machine.'
  return { uri, callbackUrl, placeholders, ...(local ? { warning } : {}) }
}

/** Fills the placeholders; what the PC does not have becomes empty. Make and model are base64 with `=` left as it is. */
export function fillPlaceholders(callbackUrl: string, values: Readonly<Record<string, string | undefined>>): string {
  return callbackUrl.replace(
    /\{(imei|eid|iccid|make|model)\}/gi,
    (_whole, name: string) => values[name.toLowerCase()] ?? '',
  )
}

/** The person follows a link that the browser hands to Windows. */
export function openUri(device: Device, uri: string): void {
  if (/^lpa:/i.test(uri)) return askToAddProfile(device, uri.slice('lpa:'.length))
  const dialog = readCellularId(uri, device.settings.sim !== 'physical')
  device.state.consent = dialog
  device.record(
    'Portal',
    'Windows',
    'Opens ms-settings:cellular-id',
    { ...dialog },
    'Windows asks the person whether this page may have the identifiers of the PC; the page hears nothing of a refusal.',
    dialog.problem === undefined,
  )
}

/** The person's answer to the consent dialog. @returns the filled callback URL, mapped to the simulator; absent: nothing is opened */
export function answerConsent(
  device: Device,
  allow: boolean,
  toOwnOrigin: (url: string) => string,
): string | undefined {
  const dialog = device.state.consent
  if (dialog === undefined) return undefined
  delete device.state.consent
  if (!allow || dialog.problem !== undefined || dialog.callbackUrl === undefined) {
    device.record(
      'Person',
      'Windows',
      'Closes the dialog without sharing',
      {},
      'No callback comes; the page must offer another way by itself.',
      false,
    )
    return undefined
  }
  const { sim, eid, imei, make, model } = device.settings
  const filled = fillPlaceholders(dialog.callbackUrl, {
    eid: sim === 'physical' ? undefined : eid,
    imei,
    iccid: device.activeIccid,
    make: base64(make),
    model: base64(model),
  })
  device.record(
    'Windows',
    'Portal',
    'Opens the callback URL',
    { url: filled },
    'In the default browser, perhaps without the cookies of the first window; state tells which order is meant.',
  )
  const url = toOwnOrigin(filled)
  device.tell({ type: device.settings.otherBrowser ? 'elsewhere' : 'navigate', url })
  return url
}

/** Settings opens "Add eSIM profile" with this code. @param code bare, as after `lpa:` or as typed */
export function askToAddProfile(device: Device, code: string): void {
  const read = readActivationCode(code)
  const problem =
    device.settings.sim === 'physical' ? "Selected SIM slot doesn't support eSIM" : read.ok ? undefined : read.problem
  device.state.addProfile = { activationCode: code, ...(problem === undefined ? {} : { problem }) }
  device.record(
    'Portal',
    'Windows',
    'Opens "Add eSIM profile"',
    { activationCode: code, ...(problem === undefined ? {} : { problem }) },
    'Settings starts the same activation as for a typed code; the page learns nothing of how it ends.',
    problem === undefined,
  )
}

/** The person's answer to "Add eSIM profile". @returns the download that starts */
export function answerAddProfile(device: Device, allow: boolean): Operation | undefined {
  const dialog = device.state.addProfile
  delete device.state.addProfile
  device.changed()
  if (dialog === undefined || !allow || dialog.problem !== undefined) return undefined
  const operation = device.startOperation({
    kind: 'settings',
    phase: 'downloading',
    planName: '',
    activationCode: dialog.activationCode,
  })
  start(device, operation)
  return operation
}
