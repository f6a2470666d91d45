/** The app's own page: what it shows once the portal has returned control. */
import { draw, h } from './dom'
import type { Snapshot } from './snapshot'

const id = document.body.dataset.device ?? ''
const root = document.getElementById('root')

function words(state: Snapshot): { title: string; text: string; progress?: [number, number]; problem?: string } {
  const { appMessage, operations, registration } = state
  const operation = operations.find((each) => each.id === appMessage?.operationId)
  const connected = ['home', 'roaming', 'partner'].includes(registration.state)
  if (appMessage?.kind === 'cancelled')
    return { title: 'Nothing was bought', text: 'You can come back to the operator at any time.' }
  if (appMessage?.kind === 'balance') {
    if (operation?.phase === 'failed')
      return {
        title: "Can't complete your order",
        text: 'The SIM profile is not on this PC.',
        problem: operation.error ?? '',
      }
    return {
      title: 'Your plan is ready',
      text: connected ? "You're connected." : "We're connecting you to the cellular network.",
    }
  }
  switch (operation?.phase) {
    case 'downloading':
    case 'installing': {
      const { doneKB, totalKB } = operation.progress ?? { doneKB: 0, totalKB: 0 }
      return {
        title: 'Downloading',
        text: `Installing eSIM profile (${doneKB} KB of ${totalKB} KB)`,
        progress: [doneKB, Math.max(totalKB, 1)],
      }
    }
    case 'activating':
      return { title: 'Activating', text: 'The profile becomes the active one.' }
    case 'waiting-to-register':
    case 'registering': {
      const from = operation.dueAt === undefined ? '' : ` from ${new Date(operation.dueAt).toLocaleTimeString()} on`
      return {
        title: 'Activated',
        text: `We're connecting you to the cellular network${operation.phase === 'registering' ? '' : from}. This could take a few minutes; you can close this app.`,
      }
    }
    case 'failed':
      return {
        title: "Can't complete your order",
        text: 'The profile could not be installed. Go back to the operator to try again.',
        problem: operation.error ?? '',
      }
    case 'done':
      return { title: "You're connected", text: operation.planName }
    default:
      return { title: 'Mobile Plans', text: 'You have left the website of the operator.' }
  }
}

const events = new EventSource(`/control/devices/${id}/events`)
events.addEventListener('state', (event: MessageEvent<string>) => {
  const shown = words(JSON.parse(event.data) as Snapshot)
  if (root === null) return
  draw(root, shown, () => [
    h('h1', {}, shown.title),
    h('p', { 'aria-live': 'polite' }, shown.text),
    shown.progress !== undefined &&
      h('progress', { value: shown.progress[0], max: shown.progress[1], 'aria-label': 'Download' }),
    shown.problem !== undefined && h('p', { class: 'code' }, shown.problem),
    h('p', {}, h('a', { href: `/device/${id}/launch`, class: 'button secondary' }, 'Back to the operator')),
  ])
})
