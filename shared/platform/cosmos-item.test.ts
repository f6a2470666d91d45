import { describe, expect, test } from 'vitest'
import { fromItem, toItem, unpackItemTag } from './cosmos-item'
import { serialiseDocument } from './stored-documents'
import { packTag } from './table-entities'

const now = new Date('2027-03-01T12:00:00.000Z')
const item = (value: object) => toItem('p', 'one', serialiseDocument(value), 'w', now)
const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString()

describe('an item', () => {
  test('holds the document as it is, apart from what is Cosmos DB’s own', () => {
    expect(item({ id: 'mine', ttl: 'mine' })).toEqual({
      id: 'one',
      partition: 'p',
      body: { id: 'mine', ttl: 'mine' },
      writeId: 'w',
    })
  })

  test.each(['half \ud83d', 'nothing \u0000'])('holds text that is not well-formed as JSON in JSON: %j', (text) => {
    const written = item({ text })
    expect(JSON.stringify(written)).not.toMatch(/[^\\]\\u/)
    expect(fromItem({ ...written, _etag: 'e' }).value).toEqual({ text })
  })

  test('that nobody wrote is refused without being quoted', () => {
    for (const bad of [{ id: 'secret' }, { id: 'secret', _etag: 'e' }, { id: 'secret', _etag: 'e', json: '{secret' }]) {
      expect(() => fromItem(bad)).toThrow(/^item without (id or ETag|a document)$/)
    }
  })
})

describe('removal by Cosmos DB', () => {
  test.each([
    ['in an hour', 3600, 7200],
    ['in a moment', 0.2, 3601],
    ['long ago', -86_400, 3600],
    ['in a thousand years', 31_556_952_000, 2_147_483_647],
  ])('of what expires %s comes an hour later', (_, seconds, ttl) => {
    expect(item({ expiresAt: inSeconds(seconds) })).toMatchObject({ ttl })
  })

  test('never comes for what does not expire', () => {
    expect(item({})).not.toHaveProperty('ttl')
  })
})

describe('a tag', () => {
  test('names a version and when it expires', () => {
    const etag = '"0000a1b2-0000-0700-0000-65f000000000"'
    for (const expiresAtMs of [undefined, 0, -5, 1_800_000_000_000]) {
      expect(unpackItemTag(packTag({ etag, expiresAtMs }))).toEqual({ etag, expiresAtMs })
    }
  })

  test.each(['', 'no such tag', '|', '1|with space', 'x|"e"', '|"line\nbreak"'])('is no tag: %j', (tag) => {
    expect(unpackItemTag(tag)).toBeUndefined()
  })
})
