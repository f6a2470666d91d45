import * as v from 'valibot'
import type { Device } from './device'
import type { Operation, RegistrationState } from './model'

/** Seconds of Windows time: search before the network answers, then pauses between further tries. */
const searchSeconds = 15
const pausesSeconds = [60, 60, 120, 300, 900]
const lastPauseSeconds = 900

const line = v.object({ state: v.picklist(['active', 'inactive']) })
type Line = 'active' | 'inactive' | 'unknown' | 'unreachable'

/** Asks the network stand-in whether the line works. */
async function askNetwork(device: Device, iccid: string): Promise<Line> {
  try {
    const response = await fetch(`${device.surroundings.provisioningUrl.replace(/\/$/, '')}/lines/${iccid}`, {
      signal: AbortSignal.timeout(5000),
    })
    if (response.status === 404) return 'unknown'
    const read = v.safeParse(line, await response.json())
    return response.ok && read.success ? read.output.state : 'unreachable'
  } catch (cause) {
    if (cause instanceof Error) return 'unreachable'
    throw cause
  }
}

/**
 * Registers a profile on the network, trying again until the line is active. Without an operation it does nothing when the profile is
 * registered already or on the way to it.
 * `home` where the person is in the country of their region setting, else `roaming`.
 */
export async function register(device: Device, iccid: string, operation?: Operation): Promise<void> {
  if (operation === undefined) {
    const { registration } = device.state
    const registeredAlready =
      ['home', 'roaming', 'partner'].includes(registration.state) && registration.iccid === iccid
    if (registeredAlready || device.registering === iccid) return
  } else device.update(operation, { phase: 'registering' })
  device.registering = iccid
  const registered: RegistrationState =
    device.settings.location.toUpperCase() === device.settings.market.toUpperCase() ? 'home' : 'roaming'
  let before: Line | undefined
  for (let tries = 0; device.activeIccid === iccid; tries += 1) {
    // A line may take long; after the first tries the modem goes on without telling each of them.
    const quiet = tries >= pausesSeconds.length
    if (!quiet) change(device, 'searching', iccid)
    await device.clock.wait(searchSeconds)
    const answer = await askNetwork(device, iccid)
    if (device.stopped) return
    const detail = { iccid, line: answer }
    if (answer === 'active') {
      device.record(
        'Modem',
        'Network',
        `Registers: ${registered}`,
        detail,
        'The line is active: the network lets the SIM in.',
      )
      change(device, registered, iccid)
      device.registering = undefined
      if (operation !== undefined) device.update(operation, { phase: 'done' })
      return
    }
    const why = 'The network does not know this line as active yet; the modem goes on trying.'
    if (answer !== before)
      device.record('Modem', 'Network', answer === 'unreachable' ? 'Finds no network' : 'Is denied', detail, why, false)
    before = answer
    if (answer !== 'unreachable' && !quiet) change(device, 'denied', iccid)
    // At least a second of our time between quiet tries, however fast the PC's clock runs.
    await device.clock.wait(pausesSeconds[tries] ?? Math.max(lastPauseSeconds, device.settings.speed))
  }
}

function change(device: Device, state: RegistrationState, iccid: string): void {
  const before = device.state.registration
  if (before.state === state && before.iccid === iccid) return
  device.state.registration = { state, iccid }
  device.changed()
  device.callListener(
    'registrationChangedScript',
    'MobilePlansNetworkRegistrationState',
    state,
    'networkRegistrationState',
    iccid,
  )
}
