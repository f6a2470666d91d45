import { expect, test } from 'vitest'
import { type Io, progress } from './io'

function terminal(errIsTerminal: boolean): { io: Io; shown: string[] } {
  const shown: string[] = []
  const io: Io = {
    out: () => undefined,
    err: (text) => shown.push(text),
    errIsTerminal,
    readStdin: async () => '',
    env: {},
    folder: '.',
  }
  return { io, shown }
}

test('long work shows its progress on a terminal, then clears the line', () => {
  const { io, shown } = terminal(true)
  let now = 0
  const report = progress(io, 'Importing', 100, () => now)
  for (let done = 1; done <= 100; done += 1) {
    now += 10
    report(done)
  }
  expect(shown[0]).toBe('\rImporting [#######.................] 30 of 100')
  expect(shown.length).toBeLessThan(10)
  expect(shown.at(-1)).toBe('\r\x1b[K')
})

test('short work and work that nobody watches show nothing', () => {
  const short = terminal(true)
  progress(short.io, 'Importing', 1, () => 0)(1)
  const unwatched = terminal(false)
  let now = 0
  const report = progress(unwatched.io, 'Importing', 3, () => (now += 1_000))
  for (const done of [1, 2, 3]) report(done)
  expect([...short.shown, ...unwatched.shown]).toEqual([])
})
