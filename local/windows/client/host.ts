/**
 * The one script that the simulator adds to the portal's pages: the objects that the Mobile Plans app injects, and the links that a
 * browser hands to Windows. Runs before every script of the page; leaves no globals behind but those of the app.
 */
import type { HostConfig } from '../host-page'

declare const WINDOWS: HostConfig

/** Sends to the PC and waits, so that calls keep their order and survive a navigation right after them. */
function post(path: string, body: object): unknown {
  const request = new XMLHttpRequest()
  request.open('POST', path, false)
  request.setRequestHeader('content-type', 'application/json')
  request.send(JSON.stringify(body))
  return JSON.parse(request.responseText)
}

/** What a projected native object does with a name that it does not know. */
function refuse(object: string, name: PropertyKey): never {
  throw new TypeError(`${object} has no property ${String(name)}`)
}

type Setter = (value: unknown) => void

/** An object that behaves like a native one: fixed members, everything else refused. */
function native(name: string, members: Record<string, unknown>, setters: Record<string, Setter> = {}): object {
  return new Proxy(members, {
    set: (target, property, value) => {
      const setter = setters[String(property)]
      if (setter === undefined) return refuse(name, property)
      setter(value)
      target[String(property)] = value
      return true
    },
    defineProperty: (_target, property) => refuse(name, property),
    deleteProperty: (_target, property) => refuse(name, property),
    setPrototypeOf: () => refuse(name, 'prototype'),
  })
}

function expectString(what: string): Setter {
  return (value) => {
    if (typeof value !== 'string') throw new TypeError(`${what} must be a string`)
  }
}

const metadataValues = new WeakMap<object, Record<string, unknown>>()

function createPurchaseMetaData(): object {
  const names = ['userAccount', 'purchaseInstrument', 'planName']
  if (WINDOWS.metadataNames !== 'aliases') names.push('line', 'moDirectStatus')
  if (WINDOWS.metadataNames !== 'documented') names.push('lineType', 'modirectStatus')
  const values: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, '']))
  const setters = Object.fromEntries(names.map((name) => [name, expectString(name)]))
  const metadata = native('PurchaseMetadata', values, setters)
  metadataValues.set(metadata, values)
  return metadata
}

function metadataOf(meta: unknown): Record<string, string> {
  const values = typeof meta === 'object' && meta !== null ? metadataValues.get(meta) : undefined
  if (values === undefined) throw new TypeError('the metadata must come from createPurchaseMetaData')
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === '' && name !== 'planName' ? [] : [[name, String(value)]],
    ),
  )
}

function text(what: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string`)
  return value
}

function minutes(what: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 4_294_967_295)
    throw new TypeError(`${what} must be an unsigned integer`)
  return value
}

function call(object: string, method: string, meta: unknown, args: unknown[], operationId?: string): void {
  const metadata = meta === undefined ? undefined : metadataOf(meta)
  const answer = post('/windows/call', { object, method, args, metadata, operationId }) as { closes?: boolean }
  // The app takes a moment to close the webview; the page can still send what it has begun to send.
  if (answer.closes === true) setTimeout(() => location.replace(WINDOWS.appPath), WINDOWS.closeAfterMs)
}

/** A fresh operation; `Id` is all that the portal learns of it. */
function operation(): { id: string; context: object } {
  const id = crypto.randomUUID()
  return { id, context: native('MobilePlansOperationContext', { Id: id }) }
}

/** Listeners that were set as functions, by the name under which the PC knows them. They are gone with their page. */
const references = new Map<string, unknown>()

function listenersOf(object: string, kind: 'names' | 'functions' = 'names'): Record<string, Setter> {
  const setter =
    (property: string): Setter =>
    (value) => {
      const name = kind === 'names' ? text(property, value) : reference(`${object}.${property}`, value)
      call(object, property, undefined, [name])
    }
  return {
    profileActivationCompleteScript: setter('profileActivationCompleteScript'),
    registrationChangedScript: setter('registrationChangedScript'),
  }
}

function reference(name: string, value: unknown): string {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function`)
  references.set(name, value)
  return name
}
const noListeners = () => ({ profileActivationCompleteScript: '', registrationChangedScript: '' })

function inlineOperations(): object {
  const name = 'MobilePlansInlineOperations'
  return native(
    name,
    {
      ...noListeners(),
      notifyProfileDownload: (meta: unknown, code: unknown, delay?: unknown) => {
        const args: unknown[] = [text('activationCode', code)]
        if (delay !== undefined) args.push(minutes('downloadDelay', delay))
        const { id, context } = operation()
        call(name, 'notifyProfileDownload', meta ?? null, args, id)
        return context
      },
      notifyBalanceAddition: (meta: unknown, iccid?: unknown) => {
        const { id, context } = operation()
        call(name, 'notifyBalanceAddition', meta ?? null, iccid === undefined ? [] : [text('iccid', iccid)], id)
        return context
      },
      notifyOperationCancel: (context: unknown) => {
        const id = typeof context === 'object' && context !== null && 'Id' in context ? context.Id : undefined
        call(name, 'notifyOperationCancel', undefined, [text('operation.Id', id)])
      },
    },
    listenersOf(name),
  )
}

function app(name: 'MobilePlans' | 'DataMart', older: boolean): object {
  return native(name, {
    createPurchaseMetaData,
    notifyPurchaseWithProfileDownload: (meta: unknown, code: unknown, interval: unknown) =>
      call(name, 'notifyPurchaseWithProfileDownload', meta ?? null, [
        text('activationCode', code),
        minutes('networkRegistrationInterval', interval),
      ]),
    notifyCancelledPurchase: (meta: unknown) => call(name, 'notifyCancelledPurchase', meta ?? null, []),
    ...(older
      ? {
          notifyBalanceAddition: (meta: unknown, iccid: unknown) =>
            call(name, 'notifyBalanceAddition', meta ?? null, [text('iccid', iccid)]),
        }
      : {}),
  })
}

/** The first generation: one call, one text, no metadata object. */
function firstApp(): object {
  const name = 'DataMart'
  const notifyPurchaseResult = (result: unknown) =>
    call(name, 'notifyPurchaseResult', undefined, [text('notificationPayload', result)])
  return native(name, { notifyPurchaseResult })
}

function olderInline(name: string, kind: 'names' | 'functions'): object {
  return native(
    name,
    {
      ...noListeners(),
      notifyInlineProfileDownload: (meta: unknown, code: unknown) =>
        call(name, 'notifyInlineProfileDownload', meta ?? null, [text('activationCode', code)], operation().id),
    },
    listenersOf(name, kind),
  )
}

/** The objects of one build of the app. */
function hostObjects(): Record<string, object> {
  switch (WINDOWS.hostObjects) {
    case 'current':
      return { MobilePlans: app('MobilePlans', false), MobilePlansInlineOperations: inlineOperations() }
    case 'legacy': {
      const inline = olderInline('MobilePlansInlineProfileDownload', 'names')
      return { MobilePlans: app('MobilePlans', true), MobilePlansInlineProfileDownload: inline }
    }
    case 'datamart': {
      const inline = olderInline('DataMartInlineProfile', 'functions')
      return { DataMart: app('DataMart', true), DataMartInlineProfile: inline }
    }
    case 'first':
      return { DataMart: firstApp() }
    case 'none':
      return {}
  }
}

function inject(name: string, value: unknown): void {
  Object.defineProperty(window, name, { value, enumerable: true })
}

if (WINDOWS.channel === 'webview') {
  Object.defineProperty(navigator, 'userAgent', { get: () => WINDOWS.userAgent })
  Object.defineProperty(navigator, 'userAgentData', { get: () => undefined })
  for (const [name, object] of Object.entries(hostObjects())) inject(name, object)
  if (WINDOWS.hostObjects !== 'none')
    for (const [name, members] of Object.entries(WINDOWS.constants)) inject(name, native(name, { ...members }))
}
Object.defineProperty(navigator, 'language', { get: () => WINDOWS.language })

// Links that a browser hands to Windows.
document.addEventListener(
  'click',
  (event) => {
    const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null
    const uri = anchor?.getAttribute('href') ?? ''
    if (!/^(ms-settings|lpa):/i.test(uri)) return
    event.preventDefault()
    post('/windows/uri', { uri })
  },
  true,
)

// Calls by the app, by the name of a global function, once the page's own scripts have run.
function listen(): void {
  const events = new EventSource('/windows/events')
  events.addEventListener('listener', (event: MessageEvent<string>) => {
    const wanted = JSON.parse(event.data) as { id: number; function: string; json: string }
    const global: unknown = (window as unknown as Record<string, unknown>)[wanted.function]
    const target = references.get(wanted.function) ?? global
    let outcome = 'missing'
    let message: string | undefined
    if (typeof target === 'function') {
      try {
        target.call(window, wanted.json)
        outcome = 'called'
      } catch (problem) {
        outcome = 'threw'
        message = String(problem)
      }
    }
    post('/windows/listener', { id: wanted.id, outcome, message })
  })
  events.addEventListener('navigate', (event: MessageEvent<string>) => {
    location.href = (JSON.parse(event.data) as { url: string }).url
  })
  // A page that is kept for "Back" listens again when it is shown again.
  window.addEventListener('pagehide', () => events.close(), { once: true })
}
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', listen)
else listen()
window.addEventListener('pageshow', (event) => {
  if (event.persisted) listen()
})
