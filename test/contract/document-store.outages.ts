import { expect, test } from 'vitest'
import type { DocumentStore } from '../../shared/platform/ports'
import { type Bench, fresh, listed, tagOf } from './document-store.support'

/** Contract of `DocumentStore`: a service that is down. */
export function describeOutages({ store, subject }: Bench): void {
  const { openUnreachable, openSilent } = subject
  const outages: [string, (() => DocumentStore | Promise<DocumentStore>) | undefined, number][] = [
    ['a service that cannot be reached', openUnreachable, 2000],
    ['a service that does not answer', openSilent, 3000],
  ]
  for (const [outage, open, withinMs] of outages) {
    if (!open) continue
    test(`${outage} makes every call reject with StoreUnavailableError, within seconds and without naming a document`, async () => {
      const down = await open()
      const tag = tagOf(await store.insert('sims', fresh(), 'one', {}))
      const started = performance.now()
      const secret = '8988303000000123456'
      const calls: (() => Promise<unknown>)[] = [
        () => down.get('sims', secret, secret),
        () => down.insert('sims', secret, secret, { secret }),
        () => down.replace('sims', secret, secret, { secret }, tag),
        () => down.delete('sims', secret, secret),
        () => listed(down, 'sims', secret),
      ]
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
}

/** All that a log could print of an error. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  const own = Object.getOwnPropertyNames(error).filter((name) => name !== 'cause')
  const texts = own.map((name) => String(Reflect.get(error, name)))
  return [...texts, error.cause === undefined ? '' : everythingIn(error.cause)].join('\n')
}
