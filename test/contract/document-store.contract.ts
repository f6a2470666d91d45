/**
 * The contract of `DocumentStore`. Every adapter runs this suite; what it does not say, callers must not rely on.
 */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Clock, ContainerName, DocumentStore, Stored, WriteResult } from '../../shared/platform/ports'

/** What an adapter offers to be tested. */
export interface DocumentStoreSubject {
  /** Opens the store under test, with the clock that decides what has expired. Its containers may be missing. */
  open(now: Clock): DocumentStore | Promise<DocumentStore>
  /** Opens a store of the same kind whose service cannot be reached; left out where there is no service. */
  openUnreachable?(): DocumentStore
  /** Opens a store of the same kind whose service takes connections and never answers, with a timeout of about 300 ms. */
  openSilent?(): Promise<DocumentStore> | DocumentStore
  /** How many documents make a list of several pages. */
  documentsForPaging: number
}

/** Defines the suite for one adapter. */
export function documentStoreContract(name: string, subject: DocumentStoreSubject): void {
  describe(`${name} as a document store`, () => {
    const noon = new Date('2027-03-01T12:00:00.000Z')
    let clock = noon
    let store: DocumentStore
    beforeAll(async () => {
      store = await subject.open(() => clock)
    })

    /** A partition that no other test uses. */
    const fresh = () => `p-${randomUUID()}`
    const at = (seconds: number) => new Date(noon.getTime() + seconds * 1000)
    async function withClock<T>(instant: Date, action: () => Promise<T>): Promise<T> {
      clock = instant
      return action().finally(() => {
        clock = noon
      })
    }

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
          expect(await listed(store, 'logins', partition)).toMatchObject([
            { partition, id: 'one', value: { partition } },
          ])
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
        for (const n of [1, 2, 3, 4, 5])
          await store.insert('stock', partition, `${n}`, n % 2 ? { n } : { n, expiresAt })
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

    const { openUnreachable, openSilent } = subject
    const outages: [string, (() => DocumentStore | Promise<DocumentStore>) | undefined, number][] = [
      ['a service that cannot be reached', openUnreachable, 2000],
      ['a service that does not answer', openSilent, 3000],
    ]
    for (const [outage, open, withinMs] of outages) {
      if (!open) continue
      test(`${outage} makes every call reject with StoreUnavailableError, within seconds and without naming a document`, async () => {
        const down = await open()
        const started = performance.now()
        const secret = '8988303000000123456'
        const calls: (() => Promise<unknown>)[] = [
          () => down.get('sims', secret, secret),
          () => down.insert('sims', secret, secret, { secret }),
          () => down.replace('sims', secret, secret, { secret }, tagOf(living)),
          () => down.delete('sims', secret, secret),
          () => listed(down, 'sims', secret),
        ]
        const living = await store.insert('sims', fresh(), 'one', {})
        await Promise.all(
          calls.map(async (call) => {
            const error: unknown = await call().catch((reason: unknown) => reason)
            expect(error).toMatchObject({ name: 'StoreUnavailableError', code: 'store_unavailable' })
            expect(everythingIn(error)).not.toContain(secret)
          }),
        )
        expect(performance.now() - started).toBeLessThan(withinMs)
      })
    }
  })
}

const conflict: WriteResult = { ok: false, reason: 'conflict' }

function tagOf(result: WriteResult): string {
  if (!result.ok) throw new Error(`the write met a ${result.reason}`)
  return result.etag
}

/** The document that must stand after a race: that of the only writer who was told that it won. */
function soleWinner(results: WriteResult[]) {
  const winners = results.flatMap((result, by) => (result.ok ? [{ value: { by }, etag: result.etag }] : []))
  expect(winners).toHaveLength(1)
  return winners[0] ?? {}
}

async function listed(store: DocumentStore, container: ContainerName, partition: string): Promise<Stored<object>[]> {
  const documents: Stored<object>[] = []
  for await (const document of store.listPartition(container, partition)) documents.push(document)
  return documents
}

/** Text that makes `{text}` exactly 60 KB of JSON: `first`, then the character as often as it fits, then letters. */
function fill(character: string, first: string): string {
  const size = (text: string) => Buffer.byteLength(JSON.stringify({ text }))
  const each = Buffer.byteLength(JSON.stringify(character)) - 2
  const text = first + character.repeat(Math.floor((60 * 1024 - size(first)) / each))
  return text + 'x'.repeat(60 * 1024 - size(text))
}

async function inGroups<T>(items: T[], size: number, action: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += size)
    await Promise.all(items.slice(start, start + size).map(action))
}

/** All that a log could print of an error. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  const own = Object.getOwnPropertyNames(error).filter((name) => name !== 'cause')
  const texts = own.map((name) => String(Reflect.get(error, name)))
  return [...texts, error.cause === undefined ? '' : everythingIn(error.cause)].join('\n')
}
