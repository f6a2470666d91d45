/**
 * A document as a row of an Azure table. Its JSON is cut into string properties of at most 32 K UTF-16 units (64 KiB, the
 * service's limit for one property): `body0`, `body1`…
 */
import { expiryOf } from './stored-documents'
import { decodeTableKey, encodeTableKey } from './table-keys'

const maxPropertyLength = 32 * 1024

/** Row as it is written. */
export interface DocumentEntity {
  partitionKey: string
  rowKey: string
  /** Random per write: tells a writer whose answer was lost that the stored row is its own. */
  writeId: string
  [body: `body${number}`]: string
}

/** Row as it was read. */
export interface DocumentRow {
  partition: string
  id: string
  value: object
  expiresAtMs: number | undefined
  writeId: unknown
  /** The service's own ETag. */
  etag: string
}

/** Makes the row of a document. */
export function toEntity(partition: string, id: string, json: string, writeId: string): DocumentEntity {
  const entity: DocumentEntity = { partitionKey: encodeTableKey(partition), rowKey: encodeTableKey(id), writeId }
  for (const [index, part] of cut(json).entries()) entity[`body${index}`] = part
  return entity
}

/**
 * Reads a row.
 *
 * @throws {Error} when the row was not written by `toEntity`
 */
export function fromEntity(entity: Record<string, unknown>): DocumentRow {
  const { partitionKey, rowKey, etag, writeId } = entity
  if (typeof partitionKey !== 'string' || typeof rowKey !== 'string' || typeof etag !== 'string') {
    throw new Error('row without keys or ETag')
  }
  let json = ''
  for (let index = 0; typeof entity[`body${index}`] === 'string'; index += 1) json += entity[`body${index}`]
  const value = parse(json)
  if (typeof value !== 'object' || value === null) throw new Error('row without a document')
  return {
    partition: decodeTableKey(partitionKey),
    id: decodeTableKey(rowKey),
    value,
    expiresAtMs: expiryOf(value),
    writeId,
    etag,
  }
}

/** JSON, or `undefined`: the error of `JSON.parse` would quote the document. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Cuts text into parts of at most 32 K units, never inside a surrogate pair: half a pair does not survive UTF-8. */
function cut(text: string): string[] {
  const parts: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + maxPropertyLength, text.length)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1
    parts.push(text.slice(start, end))
    start = end
  }
  return parts
}

/**
 * The tag callers see: the ETag together with the expiry of the version it names, so that a conditional write knows without
 * reading whether that version has expired since.
 */
export function packTag(row: { etag: string; expiresAtMs: number | undefined }): string {
  return `${row.expiresAtMs ?? ''}|${row.etag}`
}

/** Reads a tag; `undefined` when it is not one of ours, and so names no version. */
export function unpackTag(tag: string): { etag: string; expiresAtMs: number | undefined } | undefined {
  const match = /^(-?\d*)\|(W\/".+")$/.exec(tag)
  if (!match?.[2]) return undefined
  return { etag: match[2], expiresAtMs: match[1] ? Number(match[1]) : undefined }
}
