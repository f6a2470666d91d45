/**
 * The contract of `WakeQueue`. Every adapter runs this suite; what it does not say, callers must not rely on.
 */
import { describe, expect, test } from 'vitest'
import type { Clock, WakeQueue } from '../../shared/platform/ports'

/** A wake as the queue gave it out. */
export interface ReceivedWake {
  /** The body as the Functions host would decode it: text. */
  body: string
  /** When it was seen, by this machine's clock. */
  at: Date
}

/** What an adapter offers to be tested. Each `open` gives a queue of its own, which may not exist yet. */
export interface WakeQueueSubject {
  open(now: Clock): Promise<{
    queue: WakeQueue
    /** Waits for the next message and takes it off the queue; `undefined` when none came within the time. */
    receive(withinMs: number): Promise<ReceivedWake | undefined>
  }>
  /** Opens a queue whose service cannot be reached. */
  openUnreachable(): WakeQueue
  /** Opens a queue whose service takes connections and never answers, with a timeout of about 300 ms. */
  openSilent(): WakeQueue
}

/** Defines the suite for one adapter. */
export function wakeQueueContract(name: string, subject: WakeQueueSubject): void {
  describe(`${name} as a wake queue`, () => {
    const clock: Clock = () => new Date()
    const fromNow = (milliseconds: number) => new Date(Date.now() + milliseconds)

    test('a wake for now or for the past comes at once', async () => {
      const { queue, receive } = await subject.open(clock)
      for (const [orderId, at] of [
        ['now', new Date()],
        ['past', fromNow(-3_600_000)],
      ] as const) {
        await queue.send({ orderId }, at)
        const sent = performance.now()
        expect(JSON.parse((await receive(5000))?.body ?? '')).toEqual({ orderId })
        expect(performance.now() - sent).toBeLessThan(2000)
      }
    })

    test('a wake comes at its time: never earlier, and not much later', async () => {
      const { queue, receive } = await subject.open(clock)
      const at = fromNow(2500)
      await queue.send({ orderId: 'soon' }, at)
      expect(await receive(0)).toBeUndefined()
      const received = await receive(8000)
      expect(received).toBeDefined()
      expect(received?.at.getTime()).toBeGreaterThanOrEqual(at.getTime())
      expect(received?.at.getTime()).toBeLessThan(at.getTime() + 4000)
    })

    test('the body is a JSON object, and an order id of digits stays text', async () => {
      const { queue, receive } = await subject.open(clock)
      for (const orderId of ['8988303000000123456', 'a3f-9', 'é "quoted" <&> 日本語 🛰️']) {
        await queue.send({ orderId }, clock())
        expect(JSON.parse((await receive(5000))?.body ?? '')).toStrictEqual({ orderId })
      }
    })

    test('wakes sent at once all arrive, also two of one order for different times, in any order', async () => {
      const { queue, receive } = await subject.open(clock)
      const ids = ['a', 'b', 'c', 'd', 'd'].flatMap((id) => [id, `${id}2`])
      const start = Date.now()
      await Promise.all(ids.map((orderId, index) => queue.send({ orderId }, new Date(start - index))))
      const received: unknown[] = []
      while (received.length < ids.length) {
        const wake = await receive(5000)
        if (!wake) break
        received.push(Reflect.get(JSON.parse(wake.body), 'orderId'))
      }
      expect(received.sort()).toEqual([...ids].sort())
    })

    test('a wake sent again for the same time comes once or twice', async () => {
      const { queue, receive } = await subject.open(clock)
      const at = clock()
      for (let times = 0; times < 2; times += 1) await queue.send({ orderId: 'same' }, at)
      expect(JSON.parse((await receive(5000))?.body ?? '')).toEqual({ orderId: 'same' })
    })

    test('a wake beyond the horizon is taken, and does not come at once', async () => {
      const { queue, receive } = await subject.open(clock)
      await queue.send({ orderId: 'far' }, fromNow(365 * 86_400_000))
      expect(await receive(500)).toBeUndefined()
    })

    test('a queue that cannot be reached rejects quickly', async () => {
      const started = performance.now()
      const sending = subject.openUnreachable().send({ orderId: 'lost' }, clock())
      await expect(sending).rejects.toMatchObject({ name: 'QueueUnavailableError', code: 'queue_unavailable' })
      expect(performance.now() - started).toBeLessThan(2000)
    })

    test('a queue that does not answer rejects when its time is over', async () => {
      const started = performance.now()
      const sending = subject.openSilent().send({ orderId: 'lost' }, clock())
      await expect(sending).rejects.toMatchObject({ name: 'QueueUnavailableError', code: 'queue_unavailable' })
      expect(performance.now() - started).toBeLessThan(2000)
    })
  })
}
