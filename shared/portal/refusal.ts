import type { MessageView } from './views'

/** A request that gets a message page instead of what it asked for. Thrown where it is noticed, rendered in one place. */
export class Refusal extends Error {
  readonly code = 'refused'
  constructor(
    readonly kind: MessageView['kind'],
    readonly status: number,
    /** `subject` names the field or parameter, never its value; `headers` go onto the answer. */
    readonly details: { subject?: string; nextPath?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(`${kind} ${status}${details.subject === undefined ? '' : ` (${details.subject})`}`)
    this.name = 'Refusal'
  }
}

/** The page does not exist, or is not this person's to see: nobody learns which. */
export function notFound(): Refusal {
  return new Refusal('not-found', 404)
}
