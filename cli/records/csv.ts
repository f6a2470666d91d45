/** Comma-separated values by RFC 4180, safe to open in a spreadsheet. */

type Cell = string | number | null

/**
 * One line, with its line break. `null` is an empty cell.
 *
 * A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and some cells hold what others sent: such a text
 * gets an apostrophe before it (OWASP, "CSV Injection"). One that begins with an apostrophe gets another, so that taking the first away gives
 * back what was there. Semicolons and tabs are quoted as well, for spreadsheets that separate by them.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`
}

function cellText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = /^[=+\-@＝＋－＠'\t\r\n]/.test(cell) ? `'${cell}` : cell
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
