import { expect, test } from 'vitest'
import { createMemoryDocumentStore, type StoreOperation } from '../../shared/platform/memory-document-store'
import { documentStoreContract } from './document-store.contract'

documentStoreContract('Memory', {
  open: (now) => createMemoryDocumentStore({ now, pageSize: 10 }),
  documentsForPaging: 45,
})

const now = () => new Date('2027-03-01T12:00:00.000Z')

test('a call that fails before its effect changes nothing, one that fails after it has changed the store', async () => {
  let failing: 'before' | 'after' | undefined
  const failIf = (moment: string) => () => {
    if (failing === moment) throw new Error(moment)
  }
  const store = createMemoryDocumentStore({ now, before: failIf('before'), after: failIf('after') })
  failing = 'before'
  await expect(store.insert('orders', 'p', 'one', {})).rejects.toThrow('before')
  failing = undefined
  expect(await store.get('orders', 'p', 'one')).toBeUndefined()
  failing = 'after'
  await expect(store.insert('orders', 'p', 'one', {})).rejects.toThrow('after')
  failing = undefined
  expect(await store.get('orders', 'p', 'one')).toBeDefined()
})

test('hooks see every call, a list once per page', async () => {
  const seen: StoreOperation[] = []
  const store = createMemoryDocumentStore({ now, pageSize: 2, before: (operation) => void seen.push(operation) })
  for (const id of ['1', '2', '3']) await store.insert('open', 'p', id, {})
  for await (const document of store.listPartition('open', 'p')) expect(document.partition).toBe('p')
  expect(seen.map(({ name, id }) => `${name} ${id}`)).toEqual([
    ...['insert 1', 'insert 2', 'insert 3'],
    ...['listPartition undefined', 'listPartition undefined'],
  ])
})
