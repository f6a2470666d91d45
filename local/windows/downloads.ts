import { readActivationCode } from './activation-code'
import type { Device } from './device'
import { cancelReason, headerCode, listenerMember, strikesAt } from './lpa-errors'
import type { Operation } from './model'
import { register } from './registration'
import { type SmdpResult, smdpClient } from './smdp-client'

/** How long things take on the PC, in seconds of Windows time. */
const takes = { authenticate: 10, download: 80, install: 20, activate: 10 }
const progressSteps = 8

class DownloadFailed extends Error {
  readonly code = 'download_failed'
  constructor(
    readonly windowsError: string,
    readonly iccid?: string,
  ) {
    super(`download failed: ${windowsError}`)
  }
}

/**
 * Downloads, installs and activates the profile of an operation, then registers on the network.
 * Never rejects: a failure ends in the operation, in the listener and in the headers of the next launch.
 */
export async function download(device: Device, operation: Operation): Promise<void> {
  try {
    const iccid = await install(device, operation)
    device.update(operation, { phase: 'activating' })
    await device.clock.wait(takes.activate)
    for (const profile of device.state.profiles) profile.active = profile.iccid === iccid
    device.record(
      'Windows',
      'Modem',
      'Activates the profile',
      { iccid },
      'One profile of the eUICC is active at a time; the new one takes over.',
    )
    tellActivation(device, 'success', iccid)
    await waitToRegister(device, operation)
    await register(device, iccid, operation)
  } catch (cause) {
    if (!(cause instanceof DownloadFailed)) throw cause
    fail(device, operation, cause.windowsError, cause.iccid)
  }
}

async function install(device: Device, operation: Operation): Promise<string> {
  const fault = device.takeFault()
  if (fault !== undefined)
    device.record(
      'Windows',
      'Windows',
      `Injected fault: ${fault}`,
      {},
      'You asked for this failure in the simulator.',
      false,
    )
  const read = readActivationCode(operation.activationCode ?? '')
  if (!read.ok) {
    device.record(
      'Windows',
      'Windows',
      'Refuses the activation code',
      { problem: read.problem },
      'Callbacks take the bare code 1$host$matching-id.',
      false,
    )
    throw new DownloadFailed('invalidActivationCode')
  }
  const { host, matchingId } = read.code
  const expected = device.surroundings.smdpHost
  if (expected !== undefined && host.toLowerCase() !== expected.toLowerCase()) {
    device.record(
      'Windows',
      'SM-DP+',
      'Cannot find the SM-DP+',
      { host, expected },
      'The code names another server than the simulated one.',
      false,
    )
    throw new DownloadFailed('serverNotReachable')
  }
  device.update(operation, { phase: 'downloading', progress: { doneKB: 0, totalKB: 0 } })
  await device.clock.wait(takes.authenticate)
  if (fault !== undefined && strikesAt(fault) === 'before') throw new DownloadFailed(fault)

  const smdp = smdpClient(device.surroundings.smdpUrl)
  const { eid } = device.settings
  const found = take(
    device,
    'Authenticates',
    { matchingId, eid },
    'The eUICC proves who it is and shows the matching id; an unreleased or foreign profile is refused here.',
    await smdp.authenticate(matchingId, eid),
  )
  const { iccid, transactionId } = found
  device.update(operation, { iccid, profileName: found.profileName, progress: { doneKB: 0, totalKB: found.sizeKB } })
  if (fault !== undefined && strikesAt(fault) === 'authenticated') {
    const reason = cancelReason(fault)
    if (reason !== undefined) {
      await smdp.cancel(transactionId, reason)
      device.record(
        'Windows',
        'SM-DP+',
        `Cancels the session: ${reason}`,
        { iccid },
        'The device ends the session before it takes the package.',
        false,
      )
    }
    throw new DownloadFailed(fault, iccid)
  }

  const packaged = take(
    device,
    'Fetches the profile package',
    { iccid },
    'The SM-DP+ encrypts the profile for this one eUICC and sends it.',
    await smdp.package(transactionId),
    iccid,
  )
  const totalKB = packaged.sizeKB ?? found.sizeKB
  for (let step = 1; step <= progressSteps; step += 1) {
    await device.clock.wait(takes.download / progressSteps)
    device.update(operation, { progress: { doneKB: Math.round((totalKB * step) / progressSteps), totalKB } })
  }
  device.update(operation, { phase: 'installing' })
  await device.clock.wait(takes.install)
  const duplicate = device.state.profiles.some((profile) => profile.iccid === iccid)
  const problem = fault ?? (duplicate ? 'iccidAlreadyExists' : undefined)
  const why = 'The device tells the SM-DP+ how the installation ended; the operator hears of it by an ES2+ notice.'
  take(
    device,
    problem === undefined ? 'Reports the installation' : `Reports a failed installation: ${problem}`,
    { iccid, success: problem === undefined },
    why,
    await smdp.result(transactionId, problem === undefined, problem),
    iccid,
  )
  if (problem !== undefined) throw new DownloadFailed(problem, iccid)
  device.state.profiles.push({ iccid, name: found.profileName, active: false, source: 'download' })
  return iccid
}

function take<T>(
  device: Device,
  title: string,
  request: object,
  why: string,
  result: SmdpResult<T>,
  iccid?: string,
): T {
  if (result.ok) {
    device.record('Windows', 'SM-DP+', title, { request, answer: result.value }, why)
    return result.value
  }
  const early = result.error === 'profileNotReleasedByOperator' && device.settings.speed > 1
  const hint = early
    ? ` The clock of this PC runs ${device.settings.speed} times as fast as the operator's, who releases by real time.`
    : ''
  device.record('Windows', 'SM-DP+', `${title}: ${result.error}`, { request, ...result.detail }, why + hint, false)
  throw new DownloadFailed(result.error, iccid)
}

/** Asynchronous connectivity: the app waits, in steps of 15 minutes, before it registers. */
async function waitToRegister(device: Device, operation: Operation): Promise<void> {
  if (operation.kind !== 'asynchronous' || operation.minutes === undefined || operation.minutes === 0) return
  const seconds = operation.minutes * 60
  const dueMs = device.clock.now() + seconds * 1000
  const dueAt = device.clock.realDate(dueMs).toISOString()
  device.state.registration = { state: 'deregistered' }
  device.update(operation, { phase: 'waiting-to-register', dueMs, dueAt })
  device.record(
    'Windows',
    'Windows',
    `Waits ${operation.minutes} minutes before it registers`,
    { minutes: operation.minutes, until: dueAt },
    'networkRegistrationInterval: the operator needs this time to activate the line; Windows rounds up to 15 minutes.',
  )
  await device.clock.wait(seconds)
}

/** Calls the activation listener; only the portal's own (inline and delayed) operations have one. */
function tellActivation(device: Device, member: string, iccid: string): void {
  device.callListener(
    'profileActivationCompleteScript',
    'MobilePlansActivationError',
    listenerMember(member),
    'activationResult',
    iccid,
  )
}

function fail(device: Device, operation: Operation, error: string, iccid: string | undefined): void {
  device.update(operation, { phase: 'failed', error, ...(iccid === undefined ? {} : { iccid }) })
  device.record(
    'Windows',
    'Person',
    `"Can't complete your order": ${headerCode(error)}`,
    { error, iccid },
    'The app shows an error dialog with Close and Try again; the same activation code may be used again.',
    false,
  )
  if (operation.kind === 'settings') return
  device.state.pendingErrors.push({ error, at: new Date(), iccid })
  tellActivation(device, error, iccid ?? '')
}
