/** The simulator's page: the PC's screen on the left, its description, traffic and inside on the right. */
import type { OperatorCall } from '../es2plus-calls'
import type { TrafficEntry } from '../model'
import type { SettingsInput } from '../settings'
import { desktop } from './desktop'
import { h, post, run } from './dom'
import { deviceForm } from './form'
import type { Snapshot } from './snapshot'
import { stateView } from './state-view'
import { trafficView } from './traffic-view'

let id = ''
let events: EventSource | undefined
let settings: SettingsInput = {}
const base = () => `/control/devices/${id}`

const screen = desktop(base, () => `/device/${id}/launch`)
const traffic = trafficView()
const inside = stateView(base)
const form = deviceForm(startDevice)
const status = h('p', { class: 'status', role: 'status' })

const speed = h(
  'select',
  { id: 'speed', onchange: () => run(() => post(`${base()}/speed`, { speed: Number(speed.value) })) },
  ...[
    ['1', 'real time'],
    ['10', '1 min = 6 s'],
    ['60', '1 min = 1 s'],
    ['600', '1 min = 0.1 s'],
    ['6000', '1 h = 0.6 s'],
  ].map(([value, label]) => h('option', { value, selected: value === '60' }, label)),
)

async function startDevice(wanted: SettingsInput): Promise<void> {
  settings = { ...wanted, speed: Number(speed.value) }
  const device = await post<{ id: string }>('/control/devices', settings)
  events?.close()
  id = device.id
  traffic.reset()
  events = new EventSource(`${base()}/events`)
  events.addEventListener('state', (event: MessageEvent<string>) => {
    const state = JSON.parse(event.data) as Snapshot
    screen.show(state)
    inside.show(state)
  })
  events.addEventListener('traffic', (event: MessageEvent<string>) =>
    traffic.add(JSON.parse(event.data) as TrafficEntry),
  )
  events.addEventListener('elsewhere', (event: MessageEvent<string>) =>
    screen.openElsewhere((JSON.parse(event.data) as { url: string }).url),
  )
  events.onerror = () => {
    status.textContent = 'The simulator does not answer.'
  }
  status.textContent = ''
  select('traffic')
}

async function pollOperatorCalls(): Promise<void> {
  if (id !== '' && document.visibilityState === 'visible') {
    const response = await fetch(`${base()}/es2plus`)
    if (response.ok) traffic.addOperatorCalls(((await response.json()) as { calls: OperatorCall[] }).calls)
  }
}

const panels = { device: form.element, traffic: traffic.element, state: inside.element }
type Panel = keyof typeof panels
const labels: Record<Panel, string> = { device: 'This PC', traffic: 'Traffic', state: 'Inside' }
const names: Panel[] = ['device', 'traffic', 'state']
const tabs = names.map((name) =>
  h(
    'button',
    {
      type: 'button',
      role: 'tab',
      id: `tab-${name}`,
      'aria-controls': `panel-${name}`,
      onclick: () => select(name),
      onkeydown: (event) => moveTab(event, name),
    },
    labels[name],
  ),
)

function select(name: Panel): void {
  for (const [index, each] of names.entries()) {
    const chosen = each === name
    tabs[index]?.setAttribute('aria-selected', String(chosen))
    tabs[index]?.setAttribute('tabindex', chosen ? '0' : '-1')
    const panel = document.getElementById(`panel-${each}`)
    if (panel !== null) panel.hidden = !chosen
  }
}
function moveTab(event: Event, name: Panel): void {
  const step = event instanceof KeyboardEvent ? { ArrowRight: 1, ArrowLeft: -1 }[event.key] : undefined
  if (step === undefined) return
  const next = names[(names.indexOf(name) + step + names.length) % names.length] ?? 'device'
  select(next)
  document.getElementById(`tab-${next}`)?.focus()
}

document
  .getElementById('root')
  ?.append(
    h(
      'header',
      { class: 'top' },
      h('h1', {}, 'Windows simulator'),
      status,
      h('label', { for: 'speed' }, 'Time on the PC'),
      speed,
    ),
    h(
      'main',
      {},
      screen.element,
      h(
        'aside',
        { 'aria-label': 'About the PC' },
        h('div', { role: 'tablist', class: 'tabs', 'aria-label': 'About the PC' }, ...tabs),
        ...names.map((name) =>
          h(
            'div',
            { role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}`, class: 'panel' },
            panels[name],
          ),
        ),
      ),
    ),
  )
window.addEventListener('simulator-problem', (event) => {
  status.textContent = String((event as CustomEvent<string>).detail)
})
run(async () => {
  await startDevice(form.settings())
  select('device')
})
setInterval(() => run(pollOperatorCalls), 2000)
