import { describe, expect, test } from 'vitest'
import { at, type Bench, conflict, fresh, listed, soleWinner, tagOf } from './document-store.support'

/** Contract of `DocumentStore`: single calls and races. */
export function describeWrites({ store }: Bench): void {
  describe('reading and writing', () => {
    test('a document that nobody wrote is absent, also in a container that nobody used', async () => {
      expect(await store.get('logins', fresh(), 'nobody')).toBeUndefined()
      expect(await listed(store, 'logins', fresh())).toEqual([])
      expect(await store.delete('logins', fresh(), 'nobody')).toBe('deleted')
      expect(await store.replace('logins', fresh(), 'nobody', {}, 'no such tag')).toEqual(conflict)
    })

    test('an inserted document is read back with its keys and tag', async () => {
      const partition = fresh()
      const written = await store.insert('orders', partition, 'one', { plan: 'travel', lines: [1, 2] })
      expect(await store.get('orders', partition, 'one')).toEqual({
        partition,
        id: 'one',
        value: { plan: 'travel', lines: [1, 2] },
        etag: tagOf(written),
      })
    })

    test('insert leaves a present document alone', async () => {
      const partition = fresh()
      await store.insert('slots', partition, 'one', { claimedBy: 'first' })
      expect(await store.insert('slots', partition, 'one', { claimedBy: 'second' })).toEqual(conflict)
      expect(await store.get('slots', partition, 'one')).toMatchObject({ value: { claimedBy: 'first' } })
    })

    test('replace writes over the version it names, once', async () => {
      const partition = fresh()
      const first = tagOf(await store.insert('orders', partition, 'one', { step: 1, gone: true }))
      const second = tagOf(await store.replace('orders', partition, 'one', { step: 2 }, first))
      expect(second).not.toBe(first)
      expect(await store.replace('orders', partition, 'one', { step: 3 }, first)).toEqual(conflict)
      expect(await store.get('orders', partition, 'one')).toEqual({
        partition,
        id: 'one',
        value: { step: 2 },
        etag: second,
      })
    })

    test('replacing a deleted document is a conflict and does not bring it back', async () => {
      const partition = fresh()
      const tag = tagOf(await store.insert('orders', partition, 'one', {}))
      await store.delete('orders', partition, 'one')
      expect(await store.replace('orders', partition, 'one', {}, tag)).toEqual(conflict)
      expect(await store.get('orders', partition, 'one')).toBeUndefined()
    })

    test('delete with a tag takes only that version, without a tag any', async () => {
      const partition = fresh()
      const first = tagOf(await store.insert('open', partition, 'one', { checkAt: 1 }))
      const second = tagOf(await store.replace('open', partition, 'one', { checkAt: 2 }, first))
      expect(await store.delete('open', partition, 'one', first)).toBe('conflict')
      expect(await store.get('open', partition, 'one')).toMatchObject({ value: { checkAt: 2 } })
      expect(await store.delete('open', partition, 'one', second)).toBe('deleted')
      expect(await store.delete('open', partition, 'one', second)).toBe('deleted')

      await store.insert('open', partition, 'one', {})
      expect(await store.delete('open', partition, 'one')).toBe('deleted')
      expect(await store.get('open', partition, 'one')).toBeUndefined()
    })

    test('a tag names no version of a document that was deleted and inserted again', async () => {
      const partition = fresh()
      const first = tagOf(await store.insert('orders', partition, 'one', { life: 1 }))
      await store.delete('orders', partition, 'one')
      await store.insert('orders', partition, 'one', { life: 2 })
      expect(await store.replace('orders', partition, 'one', { life: 3 }, first)).toEqual(conflict)
    })

    test('the same keys in two containers, or the same id in two partitions, are different documents', async () => {
      const [partition, other] = [fresh(), fresh()]
      await store.insert('sims', partition, 'one', { from: 'sims' })
      await store.insert('stock', partition, 'one', { from: 'stock' })
      await store.insert('sims', other, 'one', { from: 'other' })
      await store.delete('stock', partition, 'one')
      expect(await store.get('sims', partition, 'one')).toMatchObject({ value: { from: 'sims' } })
      expect(await store.get('sims', other, 'one')).toMatchObject({ value: { from: 'other' } })
      expect(await listed(store, 'sims', partition)).toHaveLength(1)
    })

    test('changing a document that was read or written changes nothing in the store', async () => {
      const partition = fresh()
      const value = { list: [1] }
      await store.insert('orders', partition, 'one', value)
      value.list.push(2)
      const read = await store.get<{ list: number[] }>('orders', partition, 'one')
      read?.value.list.push(3)
      expect(await store.get('orders', partition, 'one')).toMatchObject({ value: { list: [1] } })
    })
  })

  describe('races', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index)

    test('of 20 who insert the same document at once, exactly one wins, and it is the one that is read', async () => {
      for (const container of ['slots', 'subscribers'] as const) {
        const partition = fresh()
        const results = await Promise.all(twenty.map((by) => store.insert(container, partition, 'one', { by })))
        expect(await store.get(container, partition, 'one')).toMatchObject(soleWinner(results))
      }
    })

    test('of 20 who replace the same version at once, exactly one wins, and it is the one that is read', async () => {
      const partition = fresh()
      const tag = tagOf(await store.insert('orders', partition, 'one', {}))
      const results = await Promise.all(twenty.map((by) => store.replace('orders', partition, 'one', { by }, tag)))
      expect(await store.get('orders', partition, 'one')).toMatchObject(soleWinner(results))
    })

    test('of 20 who insert over an expired document at once, exactly one wins', async () => {
      const partition = fresh()
      await store.insert('slots', partition, 'one', { expiresAt: at(-1).toISOString() })
      const results = await Promise.all(twenty.map((by) => store.insert('slots', partition, 'one', { by })))
      expect(await store.get('slots', partition, 'one')).toMatchObject(soleWinner(results))
    })

    test('20 who each read, count up and replace until it works lose no count', async () => {
      const partition = fresh()
      await store.insert('stock', partition, 'one', { count: 0 })
      const countUp = async () => {
        for (;;) {
          const read = await store.get<{ count: number }>('stock', partition, 'one')
          if (!read) throw new Error('the counter is gone')
          const next = { count: read.value.count + 1 }
          if ((await store.replace('stock', partition, 'one', next, read.etag)).ok) return
        }
      }
      await Promise.all(twenty.map(countUp))
      expect(await store.get('stock', partition, 'one')).toMatchObject({ value: { count: 20 } })
    })
  })
}
