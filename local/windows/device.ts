import { randomBytes, randomUUID } from 'node:crypto'
import { constantValue } from './constants'
import type { EventStream } from './http'
import { errorHeaders, launchQuery } from './launch'
import { findError } from './lpa-errors'
import type { DeviceState, ListenerCall, Operation, TrafficEntry } from './model'
import { exampleIccid, type Settings } from './settings'
import { WindowsClock } from './windows-clock'

/** Addresses of the systems around the PC. */
export interface Surroundings {
  portalUrl: string
  smdpUrl: string
  provisioningUrl: string
  /** Host name that activation codes must carry; left out: any. */
  smdpHost?: string | undefined
  /** ICCID of the SIM card in a PC whose settings name none; left out: an example. */
  cardIccid?: string | undefined
  /** How the Mobile Plans service shows who it is when it asks for balances. */
  balanceAccess?: { basic?: string | undefined; clientCertificate?: string | undefined } | undefined
}

/** Something that a page or a watcher should hear of at once. */
export type DeviceEvent =
  | { type: 'changed' }
  | { type: 'traffic'; entry: TrafficEntry }
  | { type: 'listener'; call: ListenerCall }
  | { type: 'navigate'; url: string }
  | { type: 'elsewhere'; url: string }

const keptTraffic = 500

/** One simulated Windows PC: its state, its clock and who watches it. What happens to it stands in the files beside this one. */
export class Device {
  readonly id = randomBytes(9).toString('base64url')
  /** ISO 8601. */
  readonly startedAt = new Date().toISOString()
  readonly clock: WindowsClock
  readonly state: DeviceState
  readonly traffic: TrafficEntry[] = []
  /** Launch that the app has begun and the proxy has not yet seen. */
  pendingLaunch: { query: string; headers: Record<string, string> } | undefined
  private readonly watchers = new Set<(event: DeviceEvent) => void>()
  private readonly transaction = `/${randomBytes(9).toString('base64')}`
  private sequence = 0
  /** ICCID that the modem tries to register. */
  registering: string | undefined
  /** Connection to the page of the portal that is shown. */
  page: EventStream | undefined
  stopped = false

  constructor(
    readonly settings: Settings,
    readonly surroundings: Surroundings,
  ) {
    this.clock = new WindowsClock(settings.speed)
    const example = (settings.sim === 'physical' ? surroundings.cardIccid : undefined) ?? exampleIccid
    const iccids = settings.iccids.length > 0 || settings.sim === 'esim-empty' ? settings.iccids : [example]
    const source = settings.sim === 'physical' ? 'card' : 'own'
    this.state = {
      profiles: (settings.sim === 'esim-empty' ? [] : iccids).map((iccid, index) => ({
        iccid,
        name: source === 'card' ? 'SIM card' : `Profile ${index + 1}`,
        active: index === 0,
        source,
      })),
      registration: { state: 'none' },
      operations: [],
      callbacks: [],
      listeners: {},
      listenerCalls: [],
      pendingErrors: settings.earlierErrors.map(({ error, at, iccid }) => ({
        error: findError(error) ?? 'other',
        at: at === undefined ? new Date() : new Date(at),
        iccid: iccid ?? settings.iccids[0],
      })),
      faults: [],
      inFront: 'portal',
      launches: 0,
    }
  }

  /** ICCID of the profile or card in use. */
  get activeIccid(): string | undefined {
    return this.state.profiles.find((profile) => profile.active)?.iccid
  }

  /** Begins a launch by the app, or a visit by browser; the proxy adds the headers when the request comes by. */
  launch(): string {
    this.state.inFront = 'portal'
    delete this.state.appMessage
    if (this.settings.channel === 'browser') {
      this.record(
        'Person',
        'Portal',
        'Opens the portal in the browser',
        {},
        'A browser visit carries no launch parameters and no device identifiers.',
      )
      return '/portal'
    }
    const turn = this.state.launches
    this.state.launches += 1
    this.state.listeners = {}
    const transactionId = `${this.transaction}.${turn + 1}`
    const iccids = this.state.profiles.map((profile) => profile.iccid)
    const query = launchQuery(this.settings, iccids, transactionId, turn)
    const headers = errorHeaders(this.state.pendingErrors)
    this.state.pendingErrors = []
    this.pendingLaunch = { query, headers }
    this.record(
      'Windows',
      'Portal',
      'Launches the portal',
      {
        parameters: Object.fromEntries(new URLSearchParams(query)),
        query,
        headers: { 'Accept-Language': this.settings.language, ...headers },
      },
      'The app opens the portal URI with what it knows of the PC; failed downloads of before travel in the X-MP-LPAError headers.',
    )
    return `/portal?${query}`
  }

  /** Adds a line of traffic and tells the watchers. */
  record(
    from: TrafficEntry['from'],
    to: TrafficEntry['to'],
    title: string,
    detail: Record<string, unknown>,
    why: string,
    ok = true,
  ): void {
    this.sequence += 1
    const entry = { seq: this.sequence, at: new Date().toISOString(), from, to, title, detail, why, ok }
    this.traffic.push(entry)
    if (this.traffic.length > keptTraffic) this.traffic.shift()
    this.tell({ type: 'traffic', entry })
    this.changed()
  }

  /** Starts an operation; `id` is the one that the page has already been given. */
  startOperation(operation: Omit<Operation, 'id'> & { id?: string | undefined }): Operation {
    const started = { ...operation, id: operation.id ?? randomUUID() }
    this.state.operations.push(started)
    this.changed()
    return started
  }

  /** Changes an operation and tells the watchers. */
  update(operation: Operation, change: Partial<Operation>): void {
    Object.assign(operation, change)
    this.changed()
  }

  /** Calls a listener of the page by the name that the portal has set; without a name nothing is called. */
  callListener(
    listener: ListenerCall['listener'],
    enumeration: string,
    member: string,
    field: string,
    iccid: string,
  ): void {
    const name = this.state.listeners[listener]
    if (name === undefined || this.settings.channel === 'browser') return
    const json = JSON.stringify({ [field]: constantValue(enumeration, member), iccid })
    const call: ListenerCall = {
      id: this.state.listenerCalls.length + 1,
      at: new Date().toISOString(),
      listener,
      function: name,
      json,
      member,
      outcome: 'pending',
    }
    this.state.listenerCalls.push(call)
    this.record(
      'Windows',
      'Portal',
      `${name}(…${member}…)`,
      { listener, argument: json, [field]: `${enumeration}.${member}`, iccid },
      'The app calls a global function of the page that is shown, by the name set before the callback, with one JSON string.',
    )
    this.tell({ type: 'listener', call })
  }

  /** Takes an injected fault, once. */
  takeFault(): string | undefined {
    const fault = this.state.faults[0]
    if (fault === undefined) return undefined
    fault.times -= 1
    if (fault.times <= 0) this.state.faults.shift()
    return fault.windowsError
  }

  /** Watches the device until the returned function is called. */
  watch(watcher: (event: DeviceEvent) => void): () => void {
    this.watchers.add(watcher)
    return () => {
      this.watchers.delete(watcher)
    }
  }

  tell(event: DeviceEvent): void {
    for (const watcher of this.watchers) watcher(event)
  }

  changed(): void {
    this.tell({ type: 'changed' })
  }

  /** State as JSON, for the page and for tests. */
  snapshot(): DeviceState & { id: string; settings: Settings } {
    return { id: this.id, settings: this.settings, ...this.state }
  }

  /** Ends all timers. */
  stop(): void {
    this.stopped = true
    this.clock.stop()
    this.watchers.clear()
  }
}
