/**
 * The rules of the `DocumentStore` port that every adapter keeps in the same way: names, key and size limits, expiry.
 */

/** Largest document, in bytes of its JSON as UTF-8: 60 KB, so that it fits two string properties of an Azure table. */
export const maxDocumentBytes = 60 * 1024

/** Longest partition or id, in UTF-16 units. */
export const maxKeyLength = 200

/** Why a document was refused before it reached a store. All of them are mistakes of the caller. */
export type DocumentErrorCode = 'document_too_large' | 'document_key_invalid' | 'document_expiry_invalid'

/** A document or key that no store may take. Never says what the document or key holds. */
export class DocumentError extends Error {
  constructor(
    readonly code: DocumentErrorCode,
    message: string,
  ) {
    super(message)
    this.name = 'DocumentError'
  }
}

/** What a store keeps of a document: its JSON, and when it expires (milliseconds since 1970), if ever. */
export interface SerialisedDocument {
  json: string
  expiresAtMs: number | undefined
}

/**
 * Turns a document into the JSON that is stored.
 *
 * @throws {DocumentError} `document_too_large` above 60 KB; `document_expiry_invalid` when `expiresAt` is not a date
 */
export function serialiseDocument(value: object): SerialisedDocument {
  const json = JSON.stringify(value)
  const bytes = Buffer.byteLength(json)
  if (bytes > maxDocumentBytes) {
    throw new DocumentError('document_too_large', `document of ${bytes} bytes; at most ${maxDocumentBytes} are stored`)
  }
  return { json, expiresAtMs: expiryOf(value) }
}

/**
 * Checks a partition or an id: well-formed text of 1 to 200 UTF-16 units.
 *
 * @throws {DocumentError} `document_key_invalid`
 */
export function checkDocumentKey(name: 'partition' | 'id', key: string): void {
  if (key.length < 1 || key.length > maxKeyLength) {
    throw new DocumentError(
      'document_key_invalid',
      `${name} of ${key.length} characters; 1 to ${maxKeyLength} are allowed`,
    )
  }
  // Half a surrogate pair cannot be written as UTF-8: two different keys would meet in one document.
  if (/\p{Surrogate}/u.test(key)) throw new DocumentError('document_key_invalid', `${name} is not well-formed text`)
}

/** True from the very millisecond of the expiry on. */
export function hasExpired(expiresAtMs: number | undefined, now: Date): boolean {
  return expiresAtMs !== undefined && now.getTime() >= expiresAtMs
}

/** The expiry a document states, in milliseconds since 1970. */
export function expiryOf(value: object): number | undefined {
  const expiresAt: unknown = Reflect.get(value, 'expiresAt')
  if (expiresAt === undefined) return undefined
  const milliseconds = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN
  if (Number.isNaN(milliseconds)) {
    throw new DocumentError('document_expiry_invalid', 'expiresAt is not an ISO 8601 date')
  }
  return milliseconds
}
