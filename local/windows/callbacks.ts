import * as v from 'valibot'
import { memberOf, metadataEnumerations } from './constants'
import type { Device } from './device'
import { download } from './downloads'
import type { Callback, Operation } from './model'
import { type PurchaseResult, readPurchaseResult } from './purchase-result'
import { register } from './registration'

/** What the injected script sends when the portal calls a method or sets a listener. */
export const hostCall = v.object({
  object: v.string(),
  method: v.string(),
  args: v.optional(v.array(v.unknown()), []),
  metadata: v.optional(v.record(v.string(), v.string())),
  operationId: v.optional(v.string()),
})
/** See `hostCall`. */
export type HostCall = v.InferOutput<typeof hostCall>

/** What each method means, for the learner. */
const meaning: Readonly<Record<string, string>> = {
  notifyProfileDownload:
    'A profile can be downloaded with this code, now or after the delay in minutes; the portal keeps control.',
  notifyInlineProfileDownload: 'Older app builds: a profile can be downloaded now; the portal keeps control.',
  notifyPurchaseWithProfileDownload:
    'Download now, register after the interval in minutes; control returns to the app.',
  notifyBalanceAddition:
    'Data was added, to the SIM in use or to the profile with this ICCID, which then becomes active.',
  notifyCancelledPurchase: 'The person cancelled; control returns to the app.',
  notifyOperationCancel: 'Takes back a delayed download; possible only before the toast is shown.',
  notifyPurchaseResult: 'First generation of the app: the result as JSON text.',
}

/**
 * Carries out what the portal asks of the app. Returns at once; downloads go on by themselves.
 * @returns whether the app closes the portal and comes to the front
 */
export function takeCallback(device: Device, call: HostCall): { closes: boolean } {
  if (call.method === 'profileActivationCompleteScript' || call.method === 'registrationChangedScript') {
    const name = String(call.args[0])
    device.state.listeners[call.method] = name
    const byName = call.object !== 'DataMartInlineProfile'
    device.record(
      'Portal',
      'Windows',
      `${call.method} = ${byName ? `"${name}"` : 'a function'}`,
      {},
      byName
        ? 'The name of a global function that the app shall call.'
        : 'The first builds of the app took functions, which are gone with their page, instead of names.',
    )
    return { closes: false }
  }
  const result = call.method === 'notifyPurchaseResult' ? readPurchaseResult(call.args[0]) : undefined
  const callback = result === undefined ? describe(call) : describeResult(call, result)
  device.state.callbacks.push(callback)
  const problem = result === undefined ? act(device, call, callback) : actOnResult(device, call, result)
  device.record(
    'Portal',
    'Windows',
    `${call.object}.${call.method}`,
    {
      arguments: call.args,
      metadata: callback.metadata,
      ...(callback.payload === undefined ? {} : { payload: callback.payload }),
      ...(callback.notConstants.length > 0 ? { 'not constants of the host': callback.notConstants } : {}),
      ...(problem === undefined ? {} : { problem }),
    },
    meaning[call.method] ?? 'Unknown to this simulator.',
    problem === undefined && callback.notConstants.length === 0,
  )
  return { closes: device.state.inFront === 'app' }
}

function describe(call: HostCall): Callback {
  const notConstants: string[] = []
  const metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(call.metadata ?? {})) {
    const enumeration = metadataEnumerations[name]
    const member = enumeration === undefined ? value : memberOf(enumeration, value)
    if (member === undefined) notConstants.push(name)
    metadata[name] = member ?? value
  }
  return {
    at: new Date().toISOString(),
    object: call.object,
    method: call.method,
    args: call.args,
    notConstants,
    ...(call.metadata === undefined ? {} : { metadata }),
    ...(call.operationId === undefined ? {} : { operationId: call.operationId }),
  }
}

/** The first generation's metadata is in its text, by the names of the documentation's table. */
function describeResult(call: HostCall, result: PurchaseResult): Callback {
  const { object, method, args } = call
  const at = new Date().toISOString()
  if (!result.ok) return { at, object, method, args, notConstants: [] }
  const { payload, metadata } = result
  return { at, object, method, args, notConstants: [], payload, metadata }
}

/** The first generation: download, balance or cancel follow from the text. */
function actOnResult(device: Device, call: HostCall, result: PurchaseResult): string | undefined {
  if (!result.ok) return result.problem
  const { payload, metadata } = result
  if (!payload.success) {
    returnControl(device, 'cancelled')
    return undefined
  }
  if (payload.activationCode === undefined) return addBalance(device, call, payload.iccid, metadata.planName)
  return downloadInApp(device, payload.activationCode, 0, metadata.planName)
}

/** The app takes the screen and downloads; it registers after the minutes. */
function downloadInApp(device: Device, activationCode: string, minutes: number, planName: string): undefined {
  const operation = device.startOperation({
    kind: 'asynchronous',
    phase: 'downloading',
    planName,
    activationCode,
    minutes,
  })
  returnControl(device, 'download', operation.id)
  start(device, operation)
}

/** @returns what Windows would object to */
function act(device: Device, call: HostCall, callback: Callback): string | undefined {
  const planName = callback.metadata?.planName ?? ''
  const [first, second] = call.args
  switch (call.method) {
    case 'notifyProfileDownload':
    case 'notifyInlineProfileDownload': {
      const minutes = typeof second === 'number' && second > 0 ? second : undefined
      const operation = device.startOperation({
        id: call.operationId,
        kind: minutes === undefined ? 'inline' : 'delayed',
        phase: minutes === undefined ? 'downloading' : 'waiting',
        planName,
        activationCode: String(first),
        ...(minutes === undefined ? {} : { minutes }),
      })
      if (minutes === undefined) start(device, operation)
      else delay(device, operation, minutes)
      return undefined
    }
    case 'notifyPurchaseWithProfileDownload': {
      const interval = typeof second === 'number' ? second : 0
      return downloadInApp(device, String(first), roundInterval(interval), planName)
    }
    case 'notifyBalanceAddition':
      return addBalance(device, call, typeof first === 'string' ? first : undefined, planName)
    case 'notifyCancelledPurchase':
      returnControl(device, 'cancelled')
      return undefined
    case 'notifyOperationCancel':
      return cancelOperation(device, String(first))
    default:
      return 'no such method'
  }
}

/** `networkRegistrationInterval` in whole quarters of an hour, upwards: 5 → 15; 0 stays 0. */
export function roundInterval(minutes: number): number {
  return Math.ceil(minutes / 15) * 15
}

function returnControl(device: Device, kind: 'cancelled' | 'balance' | 'download', operationId?: string): void {
  device.state.inFront = 'app'
  device.state.listeners = {}
  device.state.appMessage = { kind, ...(operationId === undefined ? {} : { operationId }) }
  device.changed()
}

/** Begins a download; a fault of the simulator itself is shown in the traffic instead of being lost. */
export function start(device: Device, operation: Operation): void {
  download(device, operation).catch((cause: unknown) => {
    device.update(operation, { phase: 'failed', error: 'other' })
    device.record(
      'Windows',
      'Windows',
      'Simulator fault',
      { message: String(cause) },
      'This is a mistake in the simulator.',
      false,
    )
  })
}

function delay(device: Device, operation: Operation, minutes: number): void {
  const dueMs = device.clock.now() + minutes * 60_000
  device.update(operation, { dueMs, dueAt: device.clock.realDate(dueMs).toISOString() })
  device.clock.after(minutes * 60, () => {
    if (operation.phase !== 'waiting') return
    device.update(operation, { phase: 'toast' })
    device.record(
      'Windows',
      'Person',
      'Toast: your eSIM profile is ready',
      {},
      'After downloadDelay the app invites the person to start the download.',
    )
  })
}

function cancelOperation(device: Device, id: string): string | undefined {
  const operation = device.state.operations.find((candidate) => candidate.id === id)
  if (operation === undefined) return 'no operation with this Id'
  if (operation.phase !== 'waiting') return `too late: ${operation.phase}`
  device.update(operation, { phase: 'cancelled' })
  return undefined
}

function addBalance(device: Device, call: HostCall, iccid: string | undefined, planName: string): string | undefined {
  const target = iccid ?? device.activeIccid
  const profile = device.state.profiles.find((candidate) => candidate.iccid === target)
  const operation = device.startOperation({
    id: call.operationId,
    kind: 'balance',
    phase: profile === undefined ? 'failed' : 'done',
    planName,
    ...(target === undefined ? {} : { iccid: target }),
    ...(profile === undefined ? { error: 'invalidIccid' } : {}),
  })
  returnControl(device, 'balance', operation.id)
  if (profile === undefined) return 'no profile with this ICCID on the PC'
  for (const other of device.state.profiles) other.active = other === profile
  register(device, profile.iccid).catch((cause: unknown) => {
    device.record(
      'Windows',
      'Windows',
      'Simulator fault',
      { message: String(cause) },
      'This is a mistake in the simulator.',
      false,
    )
  })
  return undefined
}
