import { expect, test } from 'vitest'
import { createLimiter } from './limiter'

/** A task that ends when the test says so. */
function task() {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { end, run: () => ended }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a few run, the others wait in order, and one too many is refused', async () => {
  const limited = createLimiter({ atOnce: 2, waiting: 2 })
  const started: number[] = []
  const tasks = [0, 1, 2, 3].map((n) => {
    const { end, run } = task()
    return {
      end,
      done: limited(() => {
        started.push(n)
        return run()
      }),
    }
  })
  await turn()
  expect(started).toEqual([0, 1])
  await expect(limited(async () => 4)).rejects.toMatchObject({ code: 'too_busy' })
  tasks[1]?.end()
  await turn()
  expect(started).toEqual([0, 1, 2])
  for (const { end } of tasks) end()
  await Promise.all(tasks.map(({ done }) => done))
  expect(started).toEqual([0, 1, 2, 3])
})

test('a task that fails gives its place back', async () => {
  const limited = createLimiter({ atOnce: 1, waiting: 0 })
  await expect(limited(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await limited(async () => 'next')).toBe('next')
})
