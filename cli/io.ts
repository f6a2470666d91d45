/** What a command says, and where it looks; tests bring their own. */
export interface Io {
  /** Results. */
  out(text: string): void
  /** Resolves once the reader of the results has taken them; absent: there is nothing to wait for. */
  drained?(): Promise<void>
  /** Whether results go to a terminal: there progress would get among them. */
  outIsTerminal?: boolean
  /** Everything else: problems, progress. */
  err(text: string): void
  /** Whether a person watches: only then progress is shown. */
  errIsTerminal: boolean
  readStdin(): Promise<string>
  env: Readonly<Record<string, string | undefined>>
  /** Where relative paths start; the repository, or the folder with the operator's files. */
  folder: string
}

/** Why a command cannot go on, in words for the person who typed it. `usage` ends with status 2, `failed` with 1. */
export class CliError extends Error {
  constructor(
    readonly code: 'usage' | 'failed',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.name = 'CliError'
  }
}

/** Result of a command: `findings` ends with status 1, although nothing went wrong with the command itself. */
export type Outcome = 'good' | 'findings'

/**
 * Shows progress of long work on one line of the terminal, at most ten times a second; nothing where nobody watches.
 *
 * @returns the function to call with the number done; it clears its line when all are done
 */
export function progress(io: Io, what: string, total: number, now: () => number): (done: number) => void {
  if (!io.errIsTerminal) return () => undefined
  let next = now() + 300 // short work needs none
  let shown = false
  return (done) => {
    if (done === total && shown) io.err('\r\x1b[K')
    if (done === total || now() < next) return
    next = now() + 100
    shown = true
    const filled = Math.floor((24 * done) / total)
    io.err(`\r${what} [${'#'.repeat(filled).padEnd(24, '.')}] ${done} of ${total}`)
  }
}
