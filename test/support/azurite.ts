/** Azurite for test files. */
import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import { startAzurite } from '../../local/azurite'

/** What a test file gets. */
export interface TestAzurite {
  connectionString: string
  /** Unique to this call; fits table and queue names. */
  prefix: string
}

/**
 * Starts an in-memory Azurite for this test file and ends it after the file's last test. With `TEST_AZURITE_CONNECTION` set,
 * that account is used instead, and the prefix keeps files apart.
 */
export async function useAzurite(): Promise<TestAzurite> {
  const prefix = `t${randomBytes(5).toString('hex')}`
  const shared = process.env.TEST_AZURITE_CONNECTION
  if (shared) return { connectionString: shared, prefix }
  const { connectionString, stop } = await startAzurite()
  afterAll(stop)
  return { connectionString, prefix }
}
