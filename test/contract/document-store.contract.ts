/**
 * The contract of `DocumentStore`. Every adapter runs this suite; what it does not say, callers must not rely on.
 */
import { describe } from 'vitest'
import { describeContents } from './document-store.contents'
import { describeExpiry } from './document-store.expiry'
import { describeOutages } from './document-store.outages'
import { type Bench, type DocumentStoreSubject, noon } from './document-store.support'
import { describeWrites } from './document-store.writes'

/** Defines the suite for one adapter. */
export function documentStoreContract(name: string, subject: DocumentStoreSubject): void {
  describe(`${name} as a document store`, async () => {
    let clock = noon
    const withClock: Bench['withClock'] = (instant, action) => {
      clock = instant
      return action().finally(() => {
        clock = noon
      })
    }
    const bench: Bench = { store: await subject.open(() => clock), subject, withClock }
    describeWrites(bench)
    describeExpiry(bench)
    describeContents(bench)
    describeOutages(bench)
  })
}
