import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, type Bench, fill, fresh, inGroups, listed, tagOf } from './document-store.support'

/** Contract of `DocumentStore`: which keys and documents it takes, and in which order it lists them. */
export function describeContents({ store, subject }: Bench): void {
  describe('keys', () => {
    const odd = [
      ...['a/b', 'a\\b', '/', '//', '?x=1', 'a#b', '100%', '%2F', '%', 'a b', ' lead', 'trail ', '.', '..', 'a..b'],
      ...[
        "it's",
        "''",
        '"quoted"',
        '!',
        '!0',
        '.1',
        '[0',
        '$',
        '~',
        '>',
        '1',
        '007',
        '8988303000000123456',
        '-',
        '_',
        '|',
      ],
      ...[
        'a+b',
        'a&b=c',
        'a;b',
        'a,b',
        '(a)',
        '{a}',
        '<a>',
        'A',
        'a',
        'é',
        'e\u0301',
        'ß',
        'Ж',
        '日本語',
        '🛰️',
        '\u00a0',
      ],
      ...[
        'tab\there',
        'line\nbreak',
        'bell\u0007',
        '\u0000',
        'del\u007f',
        'c1\u0085',
        'x'.repeat(200),
        '/'.repeat(200),
      ],
      ...['é'.repeat(200), '🛰'.repeat(100), 'x'.repeat(199)],
    ]

    test('any text is an id of its own', async () => {
      const partition = fresh()
      await Promise.all(odd.map((id) => store.insert('logins', partition, id, { id })))
      for (const id of odd) {
        expect(await store.get('logins', partition, id)).toMatchObject({ partition, id, value: { id } })
      }
      const ids = (await listed(store, 'logins', partition)).map((document) => document.id)
      expect(ids.sort()).toEqual([...odd].sort())
      for (const id of odd) expect(await store.delete('logins', partition, id)).toBe('deleted')
      expect(await listed(store, 'logins', partition)).toEqual([])
    })

    test('any text is a partition of its own', async () => {
      const run = randomUUID().slice(0, 8)
      const partitions = odd.map((text) => text.slice(0, 190) + run)
      const distinct = [...new Set(partitions)]
      await Promise.all(distinct.map((partition) => store.insert('logins', partition, 'one', { partition })))
      for (const partition of distinct) {
        expect(await listed(store, 'logins', partition)).toMatchObject([{ partition, id: 'one', value: { partition } }])
      }
    })

    test('a random key is found again', async () => {
      const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 })
      const partition = fresh()
      await fc.assert(
        fc.asyncProperty(key, async (id) => {
          await store.insert('logins', partition, id, { id })
          expect(await store.get('logins', partition, id)).toMatchObject({ id, value: { id } })
        }),
        { numRuns: 40 },
      )
    })

    test('no text, too much of it, and half a surrogate pair are refused', async () => {
      for (const bad of ['', 'x'.repeat(201), '\ud83d']) {
        const refusal = { code: 'document_key_invalid' }
        await expect(store.get('logins', fresh(), bad)).rejects.toMatchObject(refusal)
        await expect(store.insert('logins', bad, 'one', {})).rejects.toMatchObject(refusal)
        await expect(store.replace('logins', fresh(), bad, {}, 'tag')).rejects.toMatchObject(refusal)
        await expect(store.delete('logins', bad, 'one')).rejects.toMatchObject(refusal)
        await expect(listed(store, 'logins', bad)).rejects.toMatchObject(refusal)
      }
    })
  })

  describe('documents', () => {
    test('texts, numbers and nothing come back as they were', async () => {
      const value = {
        iccid: '8988303000000123456',
        number: 9007199254740991,
        negative: -0.1,
        zero: 0,
        no: false,
        nothing: null,
        empty: '',
        list: [],
        date: '2027-03-01T12:00:00.000Z',
        text: 'é 日本語 🛰️ \u0000 \ud83d " \\ \n',
        PartitionKey: 'mine',
        etag: 'mine',
        body0: 'mine',
      }
      const partition = fresh()
      await store.insert('sims', partition, 'one', value)
      expect((await store.get('sims', partition, 'one'))?.value).toStrictEqual(value)
    })

    test.each([
      ['plain letters', 'x'],
      ['letters of two bytes', 'é'],
      ['letters of three bytes', '日'],
      ['pictures of four bytes', '🛰'],
      ['a letter, then pictures', '🛰', 'x'],
      ['characters that JSON escapes', '\u0001'],
    ])('a document of 60 KB is kept: %s', async (_, character, first = '') => {
      const value = { text: fill(character, first) }
      expect(Buffer.byteLength(JSON.stringify(value))).toBe(60 * 1024)
      const partition = fresh()
      tagOf(await store.insert('orders', partition, 'one', value))
      expect((await store.get('orders', partition, 'one'))?.value).toEqual(value)
      expect((await listed(store, 'orders', partition))[0]?.value).toEqual(value)
    })

    test('a document above 60 KB is refused, and nothing is written', async () => {
      const partition = fresh()
      const tooLarge = { text: `${fill('é', '')}x` }
      const refusal = { code: 'document_too_large' }
      await expect(store.insert('orders', partition, 'one', tooLarge)).rejects.toMatchObject(refusal)
      expect(await store.get('orders', partition, 'one')).toBeUndefined()
      const tag = tagOf(await store.insert('orders', partition, 'one', {}))
      await expect(store.replace('orders', partition, 'one', tooLarge, tag)).rejects.toMatchObject(refusal)
    })

    test('a large document that shrinks leaves nothing behind', async () => {
      const partition = fresh()
      const tag = tagOf(await store.insert('orders', partition, 'one', { text: fill('x', '') }))
      await store.replace('orders', partition, 'one', { text: 'short' }, tag)
      expect((await store.get('orders', partition, 'one'))?.value).toEqual({ text: 'short' })
    })
  })

  describe('lists', () => {
    test('a partition comes in order of id, all of it and nothing else', async () => {
      const [partition, other] = [fresh(), fresh()]
      const ids = ['b', 'a', 'ab', 'B', '10', '9', '-', '_', 'a.b', 'a-b', 'a:b']
      for (const id of ids) {
        await store.insert('stock', partition, id, {})
        await store.insert('stock', other, `x${id}`, {})
      }
      expect((await listed(store, 'stock', partition)).map((document) => document.id)).toEqual([...ids].sort())
    })

    test('documents that expired are left out in the middle of a list', async () => {
      const partition = fresh()
      const expiresAt = at(-1).toISOString()
      for (const n of [1, 2, 3, 4, 5]) await store.insert('stock', partition, `${n}`, n % 2 ? { n } : { n, expiresAt })
      expect((await listed(store, 'stock', partition)).map((document) => document.id)).toEqual(['1', '3', '5'])
    })

    test('the tag of a listed document is good for a write', async () => {
      const partition = fresh()
      await store.insert('stock', partition, 'one', { n: 1 })
      for await (const { id, etag } of store.listPartition('stock', partition)) {
        expect(await store.replace('stock', partition, id, { n: 2 }, etag)).toMatchObject({ ok: true })
      }
      expect(await listed(store, 'stock', partition)).toMatchObject([{ value: { n: 2 } }])
    })

    test('a partition of many pages comes whole and in order, may be left early, and may change meanwhile', async () => {
      const partition = fresh()
      const ids = Array.from({ length: subject.documentsForPaging }, (_, n) => `é/${String(n).padStart(5, '0')}`)
      await inGroups(ids, 20, (id) => store.insert('stock', partition, id, { id }))
      expect((await listed(store, 'stock', partition)).map((document) => document.id)).toEqual(ids)

      const seen: string[] = []
      for await (const { id } of store.listPartition('stock', partition)) {
        seen.push(id)
        if (seen.length === 3) break
      }
      expect(seen).toEqual(ids.slice(0, 3))

      const last = ids.at(-1) ?? ''
      const left: string[] = []
      for await (const { id } of store.listPartition('stock', partition)) {
        if (left.length === 0) await store.delete('stock', partition, last)
        left.push(id)
      }
      expect(left).toEqual(ids.slice(0, -1))
    })
  })
}
