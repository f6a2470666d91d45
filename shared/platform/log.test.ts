import { executionAsyncId } from 'node:async_hooks'
import { expect, test } from 'vitest'
import { createLog, type LogSink, withLogSink } from './log'
import type { Log } from './ports'

/** What a line holds in the end. */
function logged(fields: Parameters<Log['error']>[1]): Record<string, unknown> {
  const { lines, sink } = keepLines()
  createLog({}, sink).error('event', fields)
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}

function keepLines(): { lines: string[]; sink: LogSink } {
  const lines: string[] = []
  const keep = (line: string) => void lines.push(line)
  return { lines, sink: { info: keep, warn: keep, error: keep } }
}

test('lines belong to the invocation in which they are logged, whichever ends first', async () => {
  const log = createLog()
  const [first, second, third] = [keepLines(), keepLines(), keepLines()]
  const work = (name: string, turns: number) => async () => {
    for (let turn = 0; turn < turns; turn += 1) {
      await Promise.resolve()
      log.info(name)
    }
  }
  await Promise.all([withLogSink(first.sink, work('first', 2)), withLogSink(second.sink, work('second', 20))])
  // Between invocations nothing is followed; the next one is again.
  await withLogSink(third.sink, work('third', 3))
  const names = ({ lines }: { lines: string[] }) => lines.map((line) => (JSON.parse(line) as { event: string }).event)
  expect(names(first)).toEqual(Array(2).fill('first'))
  expect(names(second)).toEqual(Array(20).fill('second'))
  expect(names(third)).toEqual(Array(3).fill('third'))
})

test('once no invocation is followed, Node looks at promises no longer', async () => {
  const seen: string[] = []
  await withLogSink(keepLines().sink, async () => void seen.push(String(await followsPromises())))
  seen.push(String(await followsPromises()))
  // From release 24 on it never does.
  expect(seen).toEqual([Number(process.versions.node.split('.')[0]) < 24 ? 'true' : 'false', 'false'])
})

/** Whether a promise is given an id of its own: Node does that where it follows promises. */
async function followsPromises(): Promise<boolean> {
  const outside = executionAsyncId()
  await Promise.resolve()
  const first = executionAsyncId()
  await Promise.resolve()
  return executionAsyncId() !== first && first !== outside
}

test('identifiers, addresses and activation codes are masked in whatever field they stand', () => {
  const line = logged({
    one: 'SIM 8999901000000010467F',
    two: 'pat@example.net',
    three: '1$smdp.example.net$7H2K-QX4M-9D3T',
    cause: new Error('no 89044045930000000000000000123456', { cause: new Error('490154203237518') }),
  })
  const text = JSON.stringify(line)
  expect(/\d{14,}|pat@|7H2K/.exec(text)).toBeNull()
})

test('a long text without any of them is read once, not once from each of its letters', () => {
  expect(String(logged({ text: 'x'.repeat(200_000) }).text)).toHaveLength(200_000)
})

test('a thumbprint is not, even where it has as many digits in a row; anything else of that name is', () => {
  const thumbprint = `b114579f38f23c0803e02321194681fd77ff${'12345678901234'}${'5620e9f670b860'}`
  expect(thumbprint).toHaveLength(64)
  expect(logged({ thumbprint })).toMatchObject({ thumbprint })
  expect(logged({ other: thumbprint }).other).not.toBe(thumbprint)
  expect(logged({ thumbprint: '8999901000000010467' }).thumbprint).not.toContain('8999901000000010467')
})
