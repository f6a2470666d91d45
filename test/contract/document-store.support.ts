/** What the sections of the contract of `DocumentStore` share. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
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

/** A store under test and a clock that its tests can move. */
export interface Bench {
  store: DocumentStore
  subject: DocumentStoreSubject
  /** Runs the action at another instant. */
  withClock<T>(instant: Date, action: () => Promise<T>): Promise<T>
}

/** The instant at which tests run unless they move the clock. */
export const noon = new Date('2027-03-01T12:00:00.000Z')

/** So many seconds after noon. */
export const at = (seconds: number) => new Date(noon.getTime() + seconds * 1000)

/** A partition that no other test uses. */
export const fresh = () => `p-${randomUUID()}`

/** What a lost race answers. */
export const conflict: WriteResult = { ok: false, reason: 'conflict' }

/** The tag of a write that must have succeeded. */
export function tagOf(result: WriteResult): string {
  if (!result.ok) throw new Error(`the write met a ${result.reason}`)
  return result.etag
}

/** The document that must stand after a race: that of the only writer who was told that it won. */
export function soleWinner(results: WriteResult[]) {
  const winners = results.flatMap((result, by) => (result.ok ? [{ value: { by }, etag: result.etag }] : []))
  expect(winners).toHaveLength(1)
  return winners[0] ?? {}
}

/** A whole partition. */
export async function listed(
  store: DocumentStore,
  container: ContainerName,
  partition: string,
): Promise<Stored<object>[]> {
  const documents: Stored<object>[] = []
  for await (const document of store.listPartition(container, partition)) documents.push(document)
  return documents
}

/** Text that makes `{text}` exactly 60 KB of JSON: `first`, then the character as often as it fits, then letters. */
export function fill(character: string, first: string): string {
  const size = (text: string) => Buffer.byteLength(JSON.stringify({ text }))
  const each = Buffer.byteLength(JSON.stringify(character)) - 2
  const text = first + character.repeat(Math.floor((60 * 1024 - size(first)) / each))
  return text + 'x'.repeat(60 * 1024 - size(text))
}

/** Runs the action on all items, so many at a time. */
export async function inGroups<T>(items: T[], size: number, action: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += size)
    await Promise.all(items.slice(start, start + size).map(action))
}
