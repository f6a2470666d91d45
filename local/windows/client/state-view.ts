import { allErrors, headerCode } from '../lpa-errors'
import { button, draw, h, post } from './dom'
import type { Snapshot } from './snapshot'

/** The PC's inside: SIM, network, what is under way, and faults to come. */
export function stateView(base: () => string) {
  const facts = h('div', { class: 'facts' })
  const error = h(
    'select',
    { id: 'fault-error' },
    ...allErrors.map((name) =>
      h('option', { value: name }, headerCode(name) === 'Other' && name !== 'other' ? name : headerCode(name)),
    ),
  )
  const times = h('input', { id: 'fault-times', type: 'number', min: '1', max: '99', value: '1' })
  const element = h(
    'div',
    { class: 'state' },
    h(
      'fieldset',
      {},
      h('legend', {}, 'Let the next download fail'),
      h(
        'div',
        { class: 'row' },
        h('label', { for: 'fault-error' }, 'With'),
        error,
        h('label', { for: 'fault-times' }, 'times'),
        times,
      ),
      button('Inject', () => post(`${base()}/fault`, { windowsError: error.value, times: Number(times.value) }), {
        class: 'secondary',
      }),
    ),
    facts,
  )
  return {
    element,
    show(state: Snapshot): void {
      draw(facts, state, () => [
        section(
          'SIM profiles',
          state.profiles.map(
            (profile) =>
              `${profile.active ? '● ' : '○ '}${profile.name} — ${profile.iccid}${profile.active ? ' (active)' : ''}`,
          ),
        ),
        section('Network', [
          `${state.registration.state}${state.registration.iccid === undefined ? '' : ` — ${state.registration.iccid}`}`,
        ]),
        section(
          'Operations',
          state.operations.map((operation) =>
            [
              operation.kind,
              operation.phase,
              operation.planName,
              operation.error,
              operation.dueAt === undefined ? '' : `due ${new Date(operation.dueAt).toLocaleTimeString()}`,
            ]
              .filter(Boolean)
              .join(' · '),
          ),
        ),
        section(
          'Faults to come',
          state.faults.map((fault) => `${fault.windowsError} × ${fault.times}`),
        ),
        section(
          'For the next launch',
          state.pendingErrors.map((each) => `X-MP-LPAError: ${headerCode(each.error)}`),
        ),
        section(
          'Listener calls',
          state.listenerCalls.slice(-12).map((call) => `${call.function}(${call.member}) — ${call.outcome}`),
        ),
      ])
    },
  }
}

function section(title: string, lines: string[]): HTMLElement {
  return h(
    'section',
    {},
    h('h2', {}, title),
    lines.length === 0 ? h('p', { class: 'none' }, 'none') : h('ul', {}, ...lines.map((line) => h('li', {}, line))),
  )
}
