/** `/control`: the simulator's page and tests drive the PCs with it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { start } from './callbacks'
import type { Device } from './device'
import type { Devices } from './devices'
import { operatorCalls } from './es2plus-calls'
import { openFlyout } from './flyout'
import { openEvents, RequestError, readJson, sendJson } from './http'
import { type ProxyRoute, toOwnOrigin } from './proxy'
import { errorName, settingsSchema, speedFactor } from './settings'
import { answerAddProfile, answerConsent, askToAddProfile } from './settings-app'

const operationChoice = v.object({ operationId: v.optional(v.string()) })
const answer = v.object({ allow: v.boolean() })
const addProfile = v.union([answer, v.object({ activationCode: v.pipe(v.string(), v.maxLength(300)) })])
const fault = v.object({
  windowsError: errorName,
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
})
const speed = v.object({ speed: speedFactor })

/**
 * Serves a request below `/control`.
 * @throws {RequestError} for what does not exist or cannot be done now
 */
export async function control(
  devices: Devices,
  route: ProxyRoute,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, , collection, id, ...rest] = new URL(request.url ?? '/', 'http://x').pathname.split('/')
  const verb = `${request.method} ${collection ?? ''}`
  if (verb === 'POST reset') {
    devices.reset()
    return sendJson(response, 200, {})
  }
  if (verb === 'POST devices' && id === undefined) {
    const device = devices.create(await readJson(request, settingsSchema))
    return sendJson(response, 201, { id: device.id, launchUrl: `${route.own[0]}/device/${device.id}/launch` })
  }
  const device = collection === 'devices' && id !== undefined ? devices.get(id) : undefined
  if (device === undefined) throw new RequestError(404, 'not_found', 'no such device or command')
  const action = rest.join('/')
  if (request.method === 'GET' && action === '')
    return sendJson(response, 200, { ...device.snapshot(), traffic: device.traffic })
  if (request.method === 'GET' && action === 'events') return watch(device, response)
  if (request.method === 'GET' && action === 'es2plus') return sendJson(response, 200, await operatorCalls(device))
  if (request.method !== 'POST') throw new RequestError(405, 'method_not_allowed', 'use POST')
  sendJson(response, 200, await command(device, action, route, request))
}

async function command(device: Device, action: string, route: ProxyRoute, request: IncomingMessage): Promise<object> {
  switch (action) {
    case 'toast/accept': {
      const { operationId } = await readJson(request, operationChoice)
      const operation = device.state.operations.find(
        (each) => each.phase === 'toast' && (operationId === undefined || each.id === operationId),
      )
      if (operation === undefined) throw new RequestError(409, 'no_toast', 'no toast is shown')
      device.record('Person', 'Windows', 'Accepts the toast', {}, 'Only now the delayed download starts.')
      start(device, operation)
      return { operation }
    }
    case 'retry': {
      const { operationId } = await readJson(request, operationChoice)
      const operation = device.state.operations.findLast(
        (each) => each.phase === 'failed' && (operationId === undefined || each.id === operationId),
      )
      if (operation?.activationCode === undefined)
        throw new RequestError(409, 'nothing_failed', 'no download has failed')
      delete operation.error
      device.record('Person', 'Windows', 'Chooses "Try again"', {}, 'The same activation code is used again.')
      start(device, operation)
      return { operation }
    }
    case 'consent': {
      const { allow } = await readJson(request, answer)
      if (device.state.consent === undefined) throw new RequestError(409, 'no_dialog', 'no consent dialog is open')
      const url = answerConsent(device, allow, (address) => toOwnOrigin(route, address))
      return url === undefined ? {} : { url }
    }
    case 'lpa': {
      const choice = await readJson(request, addProfile)
      if ('activationCode' in choice) {
        askToAddProfile(device, choice.activationCode)
        return { dialog: device.state.addProfile }
      }
      if (device.state.addProfile === undefined) throw new RequestError(409, 'no_dialog', 'no dialog is open')
      const operation = answerAddProfile(device, choice.allow)
      return operation === undefined ? {} : { operation }
    }
    case 'fault': {
      const wanted = await readJson(request, fault)
      device.state.faults = device.state.faults.filter((each) => each.windowsError !== wanted.windowsError)
      if (wanted.times > 0) device.state.faults.push(wanted)
      device.changed()
      return { faults: device.state.faults }
    }
    case 'flyout':
      return await openFlyout(device)
    case 'speed': {
      const wanted = await readJson(request, speed)
      device.settings.speed = wanted.speed
      device.clock.setSpeed(wanted.speed)
      for (const operation of device.state.operations) refreshDueTime(device, operation)
      device.changed()
      return { speed: wanted.speed }
    }
    case 'leave':
      device.state.inFront = 'app'
      device.state.appMessage = { kind: 'cancelled' }
      device.record(
        'Person',
        'Windows',
        'Leaves the portal by the app',
        {},
        'The app asks "Leave the third party website?"; no callback comes, the portal cannot know.',
        false,
      )
      return {}
    default:
      throw new RequestError(404, 'not_found', 'no such command')
  }
}

function refreshDueTime(device: Device, operation: Device['state']['operations'][number]): void {
  if (operation.dueMs !== undefined) operation.dueAt = device.clock.realDate(operation.dueMs).toISOString()
}

function watch(device: Device, response: ServerResponse): void {
  const events = openEvents(response)
  for (const entry of device.traffic) events.send('traffic', entry)
  events.send('state', device.snapshot())
  let due = false
  const leave = device.watch((event) => {
    if (event.type === 'traffic') events.send('traffic', event.entry)
    if (event.type === 'elsewhere') events.send('elsewhere', { url: event.url })
    // Changes come in bursts; one picture of the outcome is enough.
    if (event.type === 'changed') {
      if (due) return
      due = true
      setImmediate(() => {
        due = false
        events.send('state', device.snapshot())
      })
    }
  })
  events.onClose(leave)
}
