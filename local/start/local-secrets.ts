import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'

/** Secrets of this computer's app, as settings. */
const secrets = v.object({ LOGIN_HMAC_KEY: v.pipe(v.string(), v.minLength(43)) })

/** See {@link localSecrets}. */
export type LocalSecrets = v.InferOutput<typeof secrets>

/**
 * The secrets that Azure keeps in Key Vault and a laptop in a file that only its user may read: made once, never committed.
 *
 * @throws {v.ValiError} when the file was damaged; `npm start -- --reset` makes a new one
 */
export function localSecrets(file: string): LocalSecrets {
  if (existsSync(file)) return v.parse(secrets, JSON.parse(readFileSync(file, 'utf8')))
  const fresh: LocalSecrets = { LOGIN_HMAC_KEY: randomBytes(32).toString('base64url') }
  writePrivate(file, fresh)
  return fresh
}

/** Writes JSON into a file that only its user may read. */
export function writePrivate(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600) // the mode above counts only for a new file
}
