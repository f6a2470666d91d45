/** One call that reached the simulator, with all that was said. Stays in memory: it holds identifiers in clear. */
export interface RecordedCall {
  function: string
  request: unknown
  /** `undefined` while open, and when no answer was given. */
  response?: unknown
  status?: number
  at: string
  /** When the function was carried out, if it was. */
  workedAt?: string
  /** When the answer was written or the connection ended. */
  endedAt?: string
  fault?: string
}

/** Something a correct operator never does. */
export interface Violation {
  at: string
  kind: string
  function: string
  /** Without identifiers. */
  detail: string
}

const keptCalls = 2_000
const keptViolations = 500
const keptCallIds = 20_000

/** What was called, and what was wrong about it. */
export class Traffic {
  #calls: RecordedCall[] = []
  #violations: Violation[] = []
  readonly #callIds = new Set<string>()
  readonly #open = new Map<string, number>()
  readonly #matchingIds = new Map<string, string>()
  #requester: string | undefined

  constructor(private readonly now: () => Date) {}

  get calls(): readonly RecordedCall[] {
    return this.#calls
  }

  get violations(): readonly Violation[] {
    return this.#violations
  }

  record(name: string, request: unknown): RecordedCall {
    const call: RecordedCall = { function: name, request, at: this.now().toISOString() }
    this.#calls.push(call)
    if (this.#calls.length > keptCalls) this.#calls.shift()
    return call
  }

  violation(kind: string, name: string, detail: string): void {
    this.#violations.push({ at: this.now().toISOString(), kind, function: name, detail })
    if (this.#violations.length > keptViolations) this.#violations.shift()
  }

  /** Checks what every ES2+ request carries. */
  checkHeader(name: string, header: { functionRequesterIdentifier: string; functionCallIdentifier: string }): void {
    if (this.#callIds.has(header.functionCallIdentifier)) {
      this.violation('call-id-reused', name, 'a functionCallIdentifier names one attempt only')
    }
    this.#callIds.add(header.functionCallIdentifier)
    for (const oldest of this.#callIds) {
      if (this.#callIds.size <= keptCallIds) break
      this.#callIds.delete(oldest)
    }
    this.#requester ??= header.functionRequesterIdentifier
    if (this.#requester !== header.functionRequesterIdentifier) {
      this.violation('requester-changed', name, 'not the functionRequesterIdentifier of earlier calls')
    }
  }

  /** Notes that a call for this ICCID is open; the returned function ends it. Calls for one ICCID must follow each other. */
  begin(name: string, iccid: string): () => void {
    const open = this.#open.get(iccid) ?? 0
    if (open > 0) this.violation('overlapping-calls', name, 'another call for this ICCID was still open')
    this.#open.set(iccid, open + 1)
    let ended = false
    return () => {
      if (ended) return
      ended = true
      const left = (this.#open.get(iccid) ?? 1) - 1
      if (left > 0) this.#open.set(iccid, left)
      else this.#open.delete(iccid)
    }
  }

  /** A matching id belongs to one profile for ever: it is the secret of one download. */
  checkMatchingId(name: string, matchingId: string, iccid: string): void {
    const owner = this.#matchingIds.get(matchingId)
    if (owner !== undefined && owner !== iccid) {
      this.violation('matching-id-reused', name, 'this matching id was used for another ICCID before')
    }
    this.#matchingIds.set(matchingId, iccid)
  }

  clear(): void {
    this.#calls = []
    this.#violations = []
    this.#callIds.clear()
    this.#matchingIds.clear()
    this.#requester = undefined
  }
}
