import { expect, test } from 'vitest'
import { azuriteConnectionString } from '../../local/azurite'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { useAzurite } from '../support/azurite'
import { freePort } from '../support/free-port'
import { silentPort } from '../support/outages'
import { documentStoreContract } from './document-store.contract'

const azurite = await useAzurite()
const [closed, silent] = [await freePort(), await silentPort()]
const now = () => new Date('2027-03-01T12:00:00.000Z')
const onPort = (port: number) => azuriteConnectionString({ blob: port, queue: port, table: port })

documentStoreContract('Azure Tables', {
  open: (clock) =>
    createTablesDocumentStore({ connectionString: azurite.connectionString, tablePrefix: azurite.prefix, now: clock }),
  openUnreachable: () => createTablesDocumentStore({ connectionString: onPort(closed), now }),
  openSilent: () => createTablesDocumentStore({ connectionString: onPort(silent), now, timeoutMs: 300 }),
  documentsForPaging: 1203,
})

test('a list of small pages comes whole, whatever the ids', async () => {
  const tablePrefix = `${azurite.prefix}p`
  const store = createTablesDocumentStore({ connectionString: azurite.connectionString, tablePrefix, now, pageSize: 2 })
  const ids = ['é', '日本語', '🛰️', "it's", 'a/b', '100%', '!', '.', '~'].sort()
  for (const id of ids) await store.insert('stock', "it's p/1", id, { id })
  const seen: string[] = []
  for await (const { id } of store.listPartition('stock', "it's p/1")) seen.push(id)
  expect(seen).toEqual(ids)
})

test('prepare makes the tables, and again does no harm', async () => {
  const tablePrefix = `${azurite.prefix}q`
  const store = createTablesDocumentStore({ connectionString: azurite.connectionString, tablePrefix, now })
  await Promise.all([store.prepare(), store.prepare()])
  await store.prepare()
  expect(await store.insert('sims', 'p', 'one', {})).toMatchObject({ ok: true })
})
