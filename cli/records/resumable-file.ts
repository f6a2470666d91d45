/**
 * A file that is written over more than one run. Until it is complete there are `FILE.part`, what was written, and `FILE.resume`, how much
 * of that is certain and what comes next. Whenever the process is killed, the next run cuts the part back to what is certain and goes on
 * from there: nothing is half, twice or missing. `FILE` itself appears when it is complete.
 */
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { CliError } from '../io'

const taskSchema = v.strictObject({
  records: v.picklist(['purchases', 'usage']),
  format: v.picklist(['csv', 'jsonl']),
  /** Milliseconds since 1970. */
  from: v.number(),
  to: v.number(),
})
const markSchema = v.strictObject({
  version: v.literal(1),
  task: taskSchema,
  /** The next step to export (milliseconds since 1970), and what stands in the part before it. */
  next: v.number(),
  bytes: v.number(),
  count: v.number(),
})

/** What is exported. */
export type Task = v.InferOutput<typeof taskSchema>
type Mark = v.InferOutput<typeof markSchema>

export class ResumableFile {
  readonly onTerminal = false
  readonly #path: string
  readonly #now: () => number
  readonly #everyMs: number
  #part: FileHandle | undefined
  #mark: Mark
  #bytes: number
  #markedAt: number

  private constructor(path: string, mark: Mark, { now, everyMs = 500 }: ResumableFileOptions) {
    this.#path = path
    this.#mark = mark
    this.#bytes = mark.bytes
    this.#now = now
    this.#everyMs = everyMs
    this.#markedAt = now()
  }

  /**
   * Begins a file.
   *
   * @throws {CliError} `failed`: there is one already, whole or in part; or it cannot be written
   */
  static async begin(path: string, task: Task, options: ResumableFileOptions): Promise<ResumableFile> {
    if (await exists(path)) throw new CliError('failed', `${path} is there already: name another file, or remove it`)
    if ((await exists(partOf(path))) || (await exists(markOf(path))))
      throw new CliError(
        'failed',
        `${partOf(path)} is an export that was not finished: go on with it by --resume, or remove it and ${markOf(path)}`,
      )
    const file = new ResumableFile(path, { version: 1, task, next: task.from, bytes: 0, count: 0 }, options)
    await told(path, async () => {
      await file.#writeMark()
      await file.#open('ax') // not over that of another process that has begun just now
    })
    return file
  }

  /**
   * Goes on with a file, or begins it where nothing of it is there.
   *
   * @param asked what the command line says; it must not contradict what was begun
   * @throws {CliError} `failed`: it cannot be gone on with; `usage`: another export was begun
   */
  static async resume(
    path: string,
    asked: Partial<Task>,
    begin: () => Task,
    options: ResumableFileOptions,
  ): Promise<ResumableFile> {
    const mark = await readMark(path)
    if (mark === undefined) return ResumableFile.begin(path, begin(), options)
    const wrong = (['records', 'format', 'from', 'to'] as const).find(
      (name) => asked[name] !== undefined && asked[name] !== mark.task[name],
    )
    if (wrong !== undefined)
      throw new CliError('usage', `${partOf(path)} was begun with other ${wrong === 'records' ? wrong : `--${wrong}`}`)
    const file = new ResumableFile(path, mark, options)
    const size = await sizeOf(partOf(path))
    // The last run ended between its last two steps.
    if (size === undefined && mark.next >= mark.task.to && (await exists(path))) return file
    if (await exists(path)) throw new CliError('failed', `${path} is there already: move it away`)
    if ((size ?? 0) < mark.bytes)
      throw new CliError(
        'failed',
        `${partOf(path)} is shorter than it was: remove it and ${markOf(path)}, and begin anew`,
      )
    await told(path, () => file.#open('a'))
    return file
  }

  get task(): Task {
    return this.#mark.task
  }

  /** Where to go on. */
  get next(): number {
    return this.#mark.next
  }

  /** Records that are certain. */
  get count(): number {
    return this.#mark.count
  }

  /** Whether nothing has been written yet. */
  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  async write(text: string): Promise<void> {
    await told(this.#path, async () => this.#part?.appendFile(text))
    this.#bytes += Buffer.byteLength(text)
  }

  /** All before `next` has been written. Makes it certain, if that was not done just now. */
  async reached(next: number, count: number): Promise<void> {
    if (this.#now() - this.#markedAt >= this.#everyMs) await this.#certain(next, count)
  }

  /** All has been written: the file appears under its name. */
  async finish(count: number): Promise<void> {
    if (this.#part !== undefined) {
      await this.#certain(this.#mark.task.to, count)
      await this.close()
      await told(this.#path, () => rename(partOf(this.#path), this.#path))
    }
    await told(this.#path, () => rm(markOf(this.#path), { force: true }))
  }

  async close(): Promise<void> {
    const part = this.#part
    this.#part = undefined
    await part?.close()
  }

  async #open(flags: 'a' | 'ax'): Promise<void> {
    const part = await open(partOf(this.#path), flags, readableByOwner)
    this.#part = part
    await part.truncate(this.#mark.bytes)
  }

  /** The part reaches the disk before the mark that vouches for it. */
  async #certain(next: number, count: number): Promise<void> {
    await told(this.#path, async () => {
      await this.#part?.datasync()
      this.#mark = { ...this.#mark, next, count, bytes: this.#bytes }
      await this.#writeMark()
    })
    this.#markedAt = this.#now()
  }

  /** Another file is moved over the mark, so that it is the old one or the new one and never a half. */
  async #writeMark(): Promise<void> {
    const fresh = `${markOf(this.#path)}.new`
    const file = await open(fresh, 'w', readableByOwner)
    try {
      await file.writeFile(`${JSON.stringify(this.#mark)}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(fresh, markOf(this.#path))
  }
}

export interface ResumableFileOptions {
  /** Milliseconds, for the time between two marks only. */
  now: () => number
  /** Time between two marks. Default 500: what lies between is written anew after a kill. */
  everyMs?: number
}

/** The records hold personal data. */
const readableByOwner = 0o600

const partOf = (path: string) => `${path}.part`
const markOf = (path: string) => `${path}.resume`

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new CliError('failed', `${path} cannot be read: ${codeOf(error)}`, { cause: error })
  }
}

async function exists(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined
}

async function readMark(path: string): Promise<Mark | undefined> {
  if (!(await exists(markOf(path)))) return undefined
  try {
    return v.parse(markSchema, JSON.parse(await readFile(markOf(path), 'utf8')))
  } catch (cause) {
    throw new CliError('failed', `${markOf(path)} is not of an export: remove it and ${partOf(path)}, and begin anew`, {
      cause,
    })
  }
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new CliError('failed', `${path} cannot be written: ${codeOf(cause)}`, { cause })
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
