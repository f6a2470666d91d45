/**
 * A document as an item of Cosmos DB:
 *
 *     { "id": "…", "partition": "…", "body": { … the document … }, "writeId": "…", "ttl": 5400 }
 *
 * The document stays an object of its own, so that none of its properties can meet one of Cosmos DB (`id`, `ttl`, `_etag`), and it
 * can be read in the Data Explorer. Partitions are plain text: they travel as JSON, never in an address.
 */
import { decodeItemId, encodeItemId } from './cosmos-ids'
import { expiryOf, type SerialisedDocument } from './stored-documents'

/** Item as it is written. */
export interface CosmosItem {
  id: string
  partition: string
  body?: object
  /** In place of `body`: the document as JSON, where it holds text that is not well-formed. */
  json?: string
  /** Random per write: tells a writer whose answer was lost that the stored item is its own. */
  writeId: string
  /** Seconds after the write at which Cosmos DB may remove the item. */
  ttl?: number
}

/** Item as it was read. */
export interface CosmosRow {
  id: string
  value: object
  expiresAtMs: number | undefined
  writeId: unknown
  /** The service's own ETag. */
  etag: string
}

/**
 * Cosmos DB removes an item this long after it has expired. Until then only `expiresAt` counts, so clocks that differ by less than
 * this never lose a document that is still alive.
 */
const removalMarginMs = 60 * 60_000
/** The largest `ttl` ("Time to Live in Azure Cosmos DB"). */
const longestTtl = 2_147_483_647

/** Makes the item of a document. */
export function toItem(
  partition: string,
  id: string,
  document: SerialisedDocument,
  writeId: string,
  now: Date,
): CosmosItem {
  const { json, expiresAtMs } = document
  return {
    id: encodeItemId(id),
    partition,
    ...(isPlain(json) ? { body: JSON.parse(json) as object } : { json }),
    writeId,
    ...(expiresAtMs === undefined ? {} : { ttl: ttlOf(expiresAtMs, now) }),
  }
}

/** Half a surrogate pair and U+0000 are valid in JSON's escapes only; what a store makes of them is its own affair. */
function isPlain(json: string): boolean {
  return !/\\u(?:d[89a-f]|0000)/.test(json)
}

function ttlOf(expiresAtMs: number, now: Date): number {
  const seconds = Math.ceil((Math.max(0, expiresAtMs - now.getTime()) + removalMarginMs) / 1000)
  return Math.min(seconds, longestTtl)
}

/**
 * Reads an item.
 *
 * @throws {Error} when it was not written by `toItem`
 */
export function fromItem(item: Record<string, unknown>): CosmosRow {
  const { id, body, json, writeId, _etag: etag } = item
  if (typeof id !== 'string' || typeof etag !== 'string') throw new Error('item without id or ETag')
  const value: unknown = typeof json === 'string' ? parse(json) : body
  if (typeof value !== 'object' || value === null) throw new Error('item without a document')
  return { id: decodeItemId(id), value, expiresAtMs: expiryOf(value), writeId, etag }
}

/** JSON, or `undefined`: the error of `JSON.parse` would quote the document. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Reads a tag of {@link packTag} (of `table-entities`); `undefined` when it is not one of ours, and so names no version. */
export function unpackItemTag(tag: string): { etag: string; expiresAtMs: number | undefined } | undefined {
  const match = /^(-?\d*)\|([\x21-\x7e]+)$/.exec(tag)
  if (!match?.[2]) return undefined
  return { etag: match[2], expiresAtMs: match[1] ? Number(match[1]) : undefined }
}
