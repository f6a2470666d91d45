import { describe, expect, test } from 'vitest'
import { at, type Bench, conflict, fresh, listed, tagOf } from './document-store.support'

/** Contract of `DocumentStore`: documents that expire. */
export function describeExpiry({ store, withClock }: Bench): void {
  describe('expiry', () => {
    test('a document is there until the millisecond before it expires, and absent from then on', async () => {
      const partition = fresh()
      await store.insert('sessions', partition, 'one', { expiresAt: at(60).toISOString() })
      const before = new Date(at(60).getTime() - 1)
      expect(await withClock(before, () => store.get('sessions', partition, 'one'))).toBeDefined()
      expect(await withClock(before, () => listed(store, 'sessions', partition))).toHaveLength(1)
      expect(await withClock(at(60), () => store.get('sessions', partition, 'one'))).toBeUndefined()
      expect(await withClock(at(60), () => listed(store, 'sessions', partition))).toEqual([])
    })

    test('insert succeeds over an expired document and makes a living one', async () => {
      const partition = fresh()
      const old = tagOf(await store.insert('sessions', partition, 'one', { n: 1, expiresAt: at(60).toISOString() }))
      await withClock(at(61), async () => {
        const written = await store.insert('sessions', partition, 'one', { n: 2 })
        expect(await store.get('sessions', partition, 'one')).toMatchObject({ value: { n: 2 }, etag: tagOf(written) })
        expect(await store.insert('sessions', partition, 'one', { n: 3 })).toEqual(conflict)
        expect(await store.replace('sessions', partition, 'one', { n: 4 }, old)).toEqual(conflict)
      })
    })

    test('replacing an expired document is a conflict, even with the tag of its last version', async () => {
      const partition = fresh()
      const tag = tagOf(await store.insert('sessions', partition, 'one', { expiresAt: at(60).toISOString() }))
      await withClock(at(60), async () => {
        expect(await store.replace('sessions', partition, 'one', {}, tag)).toEqual(conflict)
        expect(await store.get('sessions', partition, 'one')).toBeUndefined()
      })
    })

    test('an expired document counts as deleted, whatever the tag', async () => {
      const partition = fresh()
      const expiring = { expiresAt: at(60).toISOString() }
      const first = tagOf(await store.insert('sessions', partition, 'one', expiring))
      await store.replace('sessions', partition, 'one', expiring, first)
      expect(await withClock(at(60), () => store.delete('sessions', partition, 'one', first))).toBe('deleted')
    })

    test('replace moves the expiry, or takes it away', async () => {
      const partition = fresh()
      const first = tagOf(await store.insert('sessions', partition, 'one', { expiresAt: at(60).toISOString() }))
      const later = { expiresAt: at(120).toISOString() }
      const second = tagOf(await store.replace('sessions', partition, 'one', later, first))
      expect(await withClock(at(90), () => store.get('sessions', partition, 'one'))).toBeDefined()
      await store.replace('sessions', partition, 'one', {}, second)
      expect(await withClock(at(1e9), () => store.get('sessions', partition, 'one'))).toBeDefined()
    })

    test('an expiry that is no date is refused', async () => {
      const write = store.insert('sessions', fresh(), 'one', { expiresAt: 'soon' })
      await expect(write).rejects.toMatchObject({ code: 'document_expiry_invalid' })
    })
  })
}
