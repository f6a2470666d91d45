import type { DeviceState } from '../model'
import type { Settings } from '../settings'

/** What the event stream sends as `state`. */
export type Snapshot = DeviceState & { id: string; settings: Settings }
