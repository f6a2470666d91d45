/** How figures are taken: interleaved rounds, the median of their ratios, and a control that shows the noise. */

/** One line of `npm run bench`. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** The same measurement of the thing compared with, in the same run. */
  baseline: number
  ratio: number
  /** Rounds. */
  n: number
  /** Highest ratio that we accept; absent: for information. */
  limit?: number
}

export function print(figure: Figure): void {
  const round = (value: number) => Number(value.toPrecision(4))
  const { value, baseline, ratio } = figure
  console.log(JSON.stringify({ ...figure, value: round(value), baseline: round(baseline), ratio: round(ratio) }))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}

/** Fewer say little on a busy machine; a multiple of three, so that everything is measured in each place equally often. */
const ROUNDS = 15

/**
 * Measures `subject` against `baseline` in turn, and `baseline` against itself as a control.
 *
 * @returns the figure and its control, whose ratio would be 1 on a silent machine
 */
export async function compare(
  name: string,
  unit: string,
  subject: () => Promise<number>,
  baseline: () => Promise<number>,
  { rounds = ROUNDS, limit }: { rounds?: number; limit?: number } = {},
): Promise<[Figure, Figure]> {
  await subject()
  await baseline()
  const rows: { a: number; b: number; c: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const row = { a: 0, b: 0, c: 0 }
    // Each goes first, second and third in turn: what ran just before leaves a warmer or a busier machine.
    for (let place = 0; place < 3; place++) {
      const turn = (round + place) % 3
      if (turn === 0) row.a = await subject()
      else if (turn === 1) row.b = await baseline()
      else row.c = await baseline()
    }
    rows.push(row)
  }
  const figure: Figure = {
    name,
    value: median(rows.map(({ a }) => a)),
    unit,
    baseline: median(rows.map(({ b }) => b)),
    ratio: median(rows.map(({ a, b }) => a / b)),
    n: rounds,
    ...(limit === undefined ? {} : { limit }),
  }
  const control: Figure = {
    name: `${name} (control: baseline against itself)`,
    value: median(rows.map(({ c }) => c)),
    unit,
    baseline: figure.baseline,
    ratio: median(rows.map(({ b, c }) => c / b)),
    n: rounds,
  }
  return [figure, control]
}
