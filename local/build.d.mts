/** Builds everything that has a source; see `build.mjs`. Rejects when a source does not compile. */
export function build(options?: {
  /** The repository. */
  root?: string
  /** Do nothing when no source changed since the last build. */
  ifStale?: boolean
}): Promise<{
  /** What was written, relative to the root. */
  built: string[]
  skipped: boolean
}>
