import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Keeps a value in a JSON file: written a moment after the last change, and at the end. */
export interface StateFile {
  /** Says that the value changed. */
  changed(): void
  /** Writes at once what is not written yet. */
  flush(): void
}

/**
 * Reads a JSON file.
 *
 * @returns `undefined` when there is none yet
 * @throws {SyntaxError} when it is not JSON
 */
export function readState(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Opens a state file for writing. A file is replaced as a whole, so that a crash leaves the old or the new one.
 *
 * @param value gives the value to write
 * @param delayMs how long changes are collected before they are written
 */
export function openStateFile(path: string, value: () => unknown, delayMs = 200): StateFile {
  let timer: NodeJS.Timeout | undefined
  const write = () => {
    timer = undefined
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, JSON.stringify(value()))
    renameSync(`${path}.new`, path)
  }
  return {
    changed() {
      timer ??= setTimeout(write, delayMs)
    },
    flush() {
      if (!timer) return
      clearTimeout(timer)
      write()
    },
  }
}
