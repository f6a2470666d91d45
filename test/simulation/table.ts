/** The table of what was tried: place × fault at its boundary, and how often. */
import { type Fault, faults, faultsOf, type Place, places, type Reached } from './faults'

/** How often a fault was played at a place. */
export function count(reached: Reached, place: Place, fault: Fault): number {
  return reached.get(`${place}|${fault}`) ?? 0
}

/** Cells that were never reached, as `place: fault`. */
export function emptyCells(reached: Reached): string[] {
  return places.flatMap((place) =>
    faultsOf(place)
      .filter((fault) => count(reached, place, fault) === 0)
      .map((fault) => `${place}: ${fault}`),
  )
}

/** The table as text. A dot: this fault makes no sense there. */
export function tableText(reached: Reached): string {
  const head = ['', ...faults.map((fault) => fault.split(' '))]
  const rows = places.map((place) => [
    place,
    ...faults.map((fault) => (faultsOf(place).includes(fault) ? `${count(reached, place, fault)}` : '·')),
  ])
  const lines = [0, 1].map((line) => head.map((words) => (typeof words === 'string' ? words : (words[line] ?? ''))))
  return [...lines, ...rows]
    .map(([first = '', ...cells]) => first.padEnd(16) + cells.map((cell) => cell.padStart(8)).join(''))
    .join('\n')
}
