import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as v from 'valibot'
import type { RegistrySnapshot } from './registry'

/** What outlives a restart: the inventory, and notices that the operator has not taken. */
export interface SmdpState {
  version: 1
  profiles: RegistrySnapshot['profiles']
  pendingNotices: Record<string, unknown>[]
}

/** The state file exists and cannot be used. */
export class StateFileError extends Error {
  readonly code = 'state_file_unreadable'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StateFileError'
  }
}

const schema = v.custom<SmdpState>((input) =>
  v.is(
    v.object({
      version: v.literal(1),
      profiles: v.array(v.looseObject({ iccid: v.string(), state: v.string() })),
      pendingNotices: v.array(v.record(v.string(), v.unknown())),
    }),
    input,
  ),
)

/** How long changes are gathered before a save, in milliseconds. */
const debounceMs = 200

/** Reads the file; `undefined` when there is none. */
export async function loadState(path: string): Promise<SmdpState | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new StateFileError('the state file cannot be read', { cause: error })
  }
  try {
    return v.parse(schema, JSON.parse(text))
  } catch (error) {
    throw new StateFileError('the state file is damaged; delete it to begin anew', { cause: error })
  }
}

/** Saves the state some time after each change, and once more at the end; the file is always whole. */
export class StateSaver {
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()
  #lastMs = 0

  constructor(
    private readonly path: string,
    private readonly state: () => SmdpState,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Notes a change. */
  readonly touch = (): void => {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        this.#save()
      },
      Math.max(debounceMs, 20 * this.#lastMs),
    ) // a large inventory is saved less often
  }

  /** Saves for the last time. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#save()
    await this.#saving
  }

  #save(): void {
    this.#saving = this.#saving.then(async () => {
      const begun = performance.now()
      try {
        await mkdir(dirname(this.path), { recursive: true })
        const draft = `${this.path}.${process.pid}.tmp`
        await writeFile(draft, JSON.stringify(this.state()))
        await rename(draft, this.path)
        this.#lastMs = performance.now() - begun
      } catch (error) {
        this.onError(error)
      }
    })
  }
}
