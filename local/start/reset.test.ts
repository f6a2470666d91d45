import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { startAzurite } from '../azurite'
import { resetFiles, resetStore } from './reset'

test('a reset empties an Azurite that is not ours, and may be repeated', { timeout: 30_000 }, async () => {
  const azurite = await startAzurite()
  try {
    const store = createTablesDocumentStore({ connectionString: azurite.connectionString, now: () => new Date() })
    await store.insert('stock', 'a', 'b', {})
    await resetStore(azurite.connectionString)
    await resetStore(azurite.connectionString)
    expect(await store.get('stock', 'a', 'b')).toBeUndefined()
    expect((await store.insert('stock', 'a', 'b', {})).ok).toBe(true)
  } finally {
    await azurite.stop()
  }
})

test('a reset of the files takes state and logs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reset-'))
  const folders = { state: join(folder, 'state'), logs: join(folder, 'logs') }
  mkdirSync(join(folders.state, 'azurite'), { recursive: true })
  resetFiles(folders)
  expect(existsSync(folders.state)).toBe(false)
  rmSync(folder, { recursive: true })
})
