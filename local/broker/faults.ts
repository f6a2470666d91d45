/** What a test can have go wrong, and when. */

/** Something is about to happen. */
export interface Moment {
  /** `send`: a message arrives, scheduled or not. `deliver`: one goes to a receiver. `settle`: its receiver answers. `request`: to `$management`. */
  at: 'send' | 'deliver' | 'settle' | 'request'
  queue: string
  messageId?: string | undefined
  /** Of a request: `renew-lock`, `cancel-scheduled-message`… Of a settlement: `accepted`, `modified`… */
  what?: string | undefined
}

/**
 * What becomes of it.
 * - `work`: what should.
 * - `twice`: it is done twice (`send` only).
 * - `detach`, `cut`, `ignore`: it does not happen; the link is closed, the connection breaks, or there is no answer.
 * - the same with `-after`: it happens, and then its answer is lost.
 */
export type Verdict = 'work' | 'twice' | `${'detach' | 'cut' | 'ignore'}${'' | '-after'}`

/** Asked at every moment. */
export type Decide = (moment: Moment) => Verdict

/** How to carry a verdict out. */
export interface Act {
  work(): void
  answer(): void
  detach(): void
  cut(): void
}

/** Carries a verdict out. */
export function carryOut(verdict: Verdict, act: Act): void {
  if (verdict === 'work' || verdict === 'twice' || verdict.endsWith('-after')) act.work()
  if (verdict === 'twice') act.work()
  if (verdict.startsWith('detach')) act.detach()
  else if (verdict.startsWith('cut')) act.cut()
  else if (!verdict.startsWith('ignore')) act.answer()
}
