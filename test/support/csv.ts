/** Reads CSV by RFC 4180, strictly, as somebody else's program would. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(text.slice(at, at + 5_000))
    if (match === null) throw new Error(`no CSV from character ${at} on`)
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] !== ',') {
      rows.push(row)
      row = []
    }
    at += match[0].length
  }
  if (row.length > 0) throw new Error('the last line has no end')
  return rows
}
