/** `/windows`: what the injected script asks of the PC. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { hostCall, takeCallback } from './callbacks'
import { constantTable } from './constants'
import type { Device } from './device'
import { openEvents, RequestError, readJson, sendJson, sendText } from './http'
import { listenerMember } from './lpa-errors'
import { webviewUserAgent } from './proxy'
import type { Settings } from './settings'
import { openUri } from './settings-app'

/** What the injected script is told about the PC that it runs on. */
export interface HostConfig {
  channel: Settings['channel']
  hostObjects: Settings['hostObjects']
  metadataNames: Settings['metadataNames']
  constants: Record<string, Record<string, string>>
  userAgent: string
  language: string
  /** The app's own page, to which the script goes when a callback has returned control. */
  appPath: string
  /** How long the app takes to close the webview, in milliseconds. */
  closeAfterMs: number
}

const listenerResult = v.object({
  id: v.number(),
  outcome: v.picklist(['called', 'missing', 'threw']),
  message: v.optional(v.string()),
})
const link = v.object({ uri: v.pipe(v.string(), v.maxLength(4000)) })

/** Serves a request below `/windows` from a page of the portal. */
export async function hostPage(
  device: Device,
  bundle: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://x').pathname
  switch (`${request.method} ${path}`) {
    case 'GET /windows/host.js': {
      if (!device.settings.listenersSurvive) device.state.listeners = {}
      return sendText(
        response,
        'text/javascript',
        `(function (WINDOWS) {${bundle}})(${JSON.stringify(config(device))})`,
      )
    }
    case 'GET /windows/events':
      return pageEvents(device, response)
    case 'POST /windows/call':
      return sendJson(response, 200, takeCallback(device, await readJson(request, hostCall)))
    case 'POST /windows/listener':
      noteResult(device, await readJson(request, listenerResult))
      return sendJson(response, 200, {})
    case 'POST /windows/uri':
      openUri(device, (await readJson(request, link)).uri)
      return sendJson(response, 200, {})
    default:
      throw new RequestError(404, 'not_found', 'no such resource')
  }
}

function config(device: Device): HostConfig {
  const { channel, hostObjects, metadataNames, language } = device.settings
  return {
    channel,
    hostObjects,
    metadataNames,
    constants: hostObjects === 'first' ? {} : constantTable(hostObjects === 'datamart'),
    userAgent: webviewUserAgent,
    language: language.split(/[,;]/)[0] ?? language,
    appPath: `/device/${device.id}/app`,
    closeAfterMs: 250,
  }
}

/** Only the page that connected last is the one that is shown; a call without an answer is made again on the next page. */
function pageEvents(device: Device, response: ServerResponse): void {
  device.page?.end()
  const events = openEvents(response)
  device.page = events
  for (const call of device.state.listenerCalls) if (call.outcome === 'pending') events.send('listener', call)
  const leave = device.watch((event) => {
    if (event.type === 'listener') events.send('listener', event.call)
    if (event.type === 'navigate') events.send('navigate', { url: event.url })
  })
  events.onClose(() => {
    leave()
    if (device.page === events) device.page = undefined
  })
}

function noteResult(device: Device, result: v.InferOutput<typeof listenerResult>): void {
  const call = device.state.listenerCalls.find((each) => each.id === result.id)
  if (call === undefined || call.outcome !== 'pending') return
  call.outcome = result.outcome
  if (result.outcome === 'called') {
    // The portal has been told already, so the next launch need not say it again.
    if (call.listener === 'profileActivationCompleteScript') {
      device.state.pendingErrors = device.state.pendingErrors.filter(
        (error) => listenerMember(error.error) !== call.member,
      )
    }
    device.changed()
    return
  }
  const why = 'The named function must be a global of whatever page is shown; otherwise the event is lost.'
  const title =
    result.outcome === 'missing' ? `${call.function} is not a function of this page` : `${call.function} threw`
  device.record('Portal', 'Windows', title, { message: result.message }, why, false)
}
