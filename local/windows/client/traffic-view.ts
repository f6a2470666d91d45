import type { OperatorCall } from '../es2plus-calls'
import type { TrafficEntry } from '../model'
import { button, h } from './dom'

const es2Meaning: Record<string, string> = {
  downloadOrder: 'The operator reserves a profile (ES2+, SGP.22 §5.3.1).',
  confirmOrder: 'The operator ties the matching id to it and may release it (ES2+, SGP.22 §5.3.2).',
  releaseProfile: 'The operator makes a confirmed profile downloadable (ES2+, SGP.22 §5.3.4).',
  cancelOrder: 'The operator takes the reservation back (ES2+, SGP.22 §5.3.3).',
}

function valueView(value: unknown): Node {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const rows = Object.entries(value).filter(([, each]) => each !== undefined)
    return h('dl', {}, ...rows.flatMap(([name, each]) => [h('dt', {}, name), h('dd', {}, valueView(each))]))
  }
  return h('code', {}, Array.isArray(value) ? JSON.stringify(value) : String(value))
}

function entryView(
  at: string,
  from: string,
  to: string,
  title: string,
  why: string,
  detail: Record<string, unknown>,
  ok: boolean,
): HTMLElement {
  const time = new Date(at).toLocaleTimeString(undefined, { hour12: false })
  return h(
    'li',
    { class: ok ? 'entry' : 'entry problem', 'data-party': `${from} ${to}` },
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h(
          'span',
          { class: 'route' },
          h('span', { class: 'party', 'data-name': from }, from),
          h('span', { 'aria-label': 'to' }, ' → '),
          h('span', { class: 'party', 'data-name': to }, to),
          h('time', {}, time),
        ),
        h('span', { class: 'title' }, title),
      ),
      h('p', { class: 'why' }, why),
      Object.keys(detail).length > 0 && valueView(detail),
    ),
  )
}

/** The list of what passed between Windows and the others, by time: the operator's calls are learnt of later than they happened. */
export function trafficView() {
  const list = h('ol', { class: 'entries', 'aria-label': 'Traffic', tabindex: '0' })
  const empty = h('p', { class: 'empty' }, 'Nothing yet. Open the portal to see its launch.')
  const seenCalls = new Set<string>()
  let seen = 0

  function add(entry: HTMLElement, at: string): void {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60
    empty.hidden = true
    entry.dataset.at = at
    const later = [...list.querySelectorAll<HTMLElement>('[data-at]')].find((each) => (each.dataset.at ?? '') > at)
    list.insertBefore(entry, later ?? null)
    if (atEnd) list.scrollTop = list.scrollHeight
  }
  function clear(): void {
    list.replaceChildren()
    empty.hidden = false
  }
  return {
    element: h(
      'div',
      { class: 'traffic' },
      h(
        'div',
        { class: 'toolbar' },
        h('p', {}, 'Open a line to see what it means and what was sent.'),
        button('Clear', clear, { class: 'quiet' }),
      ),
      empty,
      list,
    ),
    /** Adds a line unless it is there already. */
    add(entry: TrafficEntry): void {
      if (entry.seq <= seen) return
      seen = entry.seq
      add(entryView(entry.at, entry.from, entry.to, entry.title, entry.why, entry.detail, entry.ok), entry.at)
    },
    /** Adds the operator's calls to the SM-DP+ that are not there yet. */
    addOperatorCalls(calls: readonly OperatorCall[]): void {
      for (const call of calls) {
        const key = `${call.at}${call.function}${JSON.stringify(call.request)}`
        if (seenCalls.has(key)) continue
        seenCalls.add(key)
        const answer = JSON.stringify(call.response ?? '')
        add(
          entryView(
            call.at,
            'Operator',
            'SM-DP+',
            call.function,
            es2Meaning[call.function] ?? '',
            { request: call.request, answer: call.response },
            !answer.includes('"Failed"'),
          ),
          call.at,
        )
      }
    },
    /** Forgets everything, for another PC. */
    reset(): void {
      seen = 0
      seenCalls.clear()
      clear()
    },
  }
}
