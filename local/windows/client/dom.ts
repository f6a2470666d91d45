type Child = Node | string | undefined | false
type Props = Record<string, string | boolean | number | undefined | ((event: Event) => void)>

/** Makes an element. `on…` properties are event handlers, booleans are present or absent attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value))
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false))
  return element
}

/** A button; runs `act` and shows its failure in the status line. */
export function button(label: string, act: () => unknown, props: Props = {}): HTMLButtonElement {
  return h('button', { type: 'button', ...props, onclick: () => run(act) }, label)
}

/** Runs what a person asked for; a failure becomes a `simulator-problem` event instead of silence. */
export function run(act: () => unknown): void {
  Promise.resolve()
    .then(act)
    .catch((problem: unknown) => {
      const detail = problem instanceof Error ? problem.message : String(problem)
      window.dispatchEvent(new CustomEvent('simulator-problem', { detail }))
    })
}

const drawn = new WeakMap<Element, string>()

/** Redraws a place only when what it shows has changed, so that focus and open details stay. */
export function draw(place: Element, facts: unknown, children: () => Child[]): boolean {
  const key = JSON.stringify(facts) ?? ''
  if (drawn.get(place) === key) return false
  drawn.set(place, key)
  place.replaceChildren(...children().filter((child): child is Node | string => child !== undefined && child !== false))
  return true
}

/** POSTs JSON to the simulator. Rejects with the message of the answer. */
export async function post<T>(path: string, body: object = {}): Promise<T> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as T & { error?: { message: string } }
  if (!response.ok) throw new Error(answer.error?.message ?? `status ${response.status}`)
  return answer
}
