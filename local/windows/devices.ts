import { Device, type Surroundings } from './device'
import { register } from './registration'
import type { Settings } from './settings'

const mostDevices = 200

/** The simulated PCs; the oldest goes when there are too many. */
export class Devices {
  private readonly byId = new Map<string, Device>()

  constructor(private readonly surroundings: Surroundings) {}

  /** Starts a PC; a profile or card that is active from the start looks for its network. */
  create(settings: Settings): Device {
    const device = new Device(settings, this.surroundings)
    this.byId.set(device.id, device)
    const oldest = this.byId.values().next().value
    if (this.byId.size > mostDevices && oldest !== undefined) this.remove(oldest)
    const iccid = device.activeIccid
    if (iccid !== undefined) {
      register(device, iccid).catch((cause: unknown) => {
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
    return device
  }

  get(id: string): Device | undefined {
    return this.byId.get(id)
  }

  /** Stops and forgets all of them. */
  reset(): void {
    for (const device of [...this.byId.values()]) this.remove(device)
  }

  private remove(device: Device): void {
    device.stop()
    this.byId.delete(device.id)
  }
}
