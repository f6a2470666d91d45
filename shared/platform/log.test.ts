import { expect, test } from 'vitest'
import { createLog, type LogSink, withLogSink } from './log'
import type { Log } from './ports'

/** What a line holds in the end. */
function logged(fields: Parameters<Log['error']>[1]): Record<string, unknown> {
  const lines: string[] = []
  const keep = (line: string) => void lines.push(line)
  const sink: LogSink = { info: keep, warn: keep, error: keep }
  withLogSink(sink, () => createLog().error('event', fields))
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
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
