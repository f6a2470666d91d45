/** How figures are taken: interleaved pairs, the median of their ratios, and a control that shows the noise. */

/** One line of `npm run bench`. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** The same measurement of the thing compared with, in the same run. */
  baseline: number
  ratio: number
  /** Pairs. */
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

/** Fewer pairs than this say little on a busy machine. */
export const PAIRS = 9

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
  { pairs = PAIRS, limit }: { pairs?: number; limit?: number } = {},
): Promise<[Figure, Figure]> {
  await subject()
  await baseline()
  const rows: { a: number; b: number; c: number }[] = []
  for (let i = 0; i < pairs; i++) {
    // The order changes from pair to pair, so that neither side always runs on a warmer machine.
    const a = i % 2 === 0 ? await subject() : 0
    const b = await baseline()
    const c = await baseline()
    rows.push({ a: i % 2 === 0 ? a : await subject(), b, c })
  }
  const figure: Figure = {
    name,
    value: median(rows.map(({ a }) => a)),
    unit,
    baseline: median(rows.map(({ b }) => b)),
    ratio: median(rows.map(({ a, b }) => a / b)),
    n: pairs,
    ...(limit === undefined ? {} : { limit }),
  }
  const control: Figure = {
    name: `${name} (control: baseline against itself)`,
    value: median(rows.map(({ c }) => c)),
    unit,
    baseline: figure.baseline,
    ratio: median(rows.map(({ b, c }) => c / b)),
    n: pairs,
  }
  return [figure, control]
}
