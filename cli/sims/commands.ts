import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseIccid } from '../../shared/domain/identifiers'
import { listStock, type StockRow } from '../../shared/fulfilment/stock'
import type { DocumentStore } from '../../shared/platform/ports'
import { CliError, type Io, type Outcome, progress } from '../io'
import { openDocuments, profileTypesOf, readOperator } from '../settings'
import { type LineNote, readSimFile } from './csv'
import { excludeSim } from './sim-document'
import { importSims, withdrawIfFree } from './store'

/** States of a stock row, as `--state` takes them. */
export const stockStates = ['free', 'claimed', 'quarantine', 'unavailable'] as const satisfies StockRow['state'][]

/** `sims import`: nothing is brought in while a row is bad, unless `skipBad`. */
export async function importCommand(
  io: Io,
  file: string,
  options: { json: boolean; skipBad: boolean },
  documents?: DocumentStore,
): Promise<Outcome> {
  const operator = readOperator(io)
  const rules = operator && { iccidRanges: operator.iccidRanges, profileTypes: profileTypesOf(operator) }
  const { sims, problems, warnings } = readSimFile(await readInput(io, file), rules)
  const stopped = problems.length > 0 && !options.skipBad
  const result = stopped
    ? { imported: 0, known: 0 }
    : await importSims(documents ?? (await openDocuments(io)), sims, progress(io, 'Importing', sims.length, Date.now))
  if (options.json) io.out(`${JSON.stringify({ ...result, problems, warnings })}\n`)
  else {
    tell(io, 'warning', warnings)
    tell(io, 'problem', problems)
    if (stopped) io.err('Nothing was imported. Mend the file, or leave these rows out with --skip-bad.\n')
    else io.out(`${result.imported} imported, ${result.known} known already, ${problems.length} left out\n`)
  }
  return problems.length > 0 ? 'findings' : 'good'
}

/** `sims list`: the stock, row by row. */
export async function listCommand(
  io: Io,
  options: { json: boolean; type?: string; state?: StockRow['state'] },
  documents?: DocumentStore,
): Promise<Outcome> {
  const types = options.type === undefined ? profileTypesOf(readOperator(io)) : [options.type]
  if (types.length === 0)
    throw new CliError('usage', 'there is no operator.json here: name the profile type with --type')
  const counts: Record<string, number> = {}
  let first = true
  if (options.json) io.out('[')
  for await (const row of listStock(documents ?? (await openDocuments(io)), types)) {
    if (options.state !== undefined && row.state !== options.state) continue
    counts[row.state] = (counts[row.state] ?? 0) + 1
    io.out(options.json ? `${first ? '' : ','}\n${JSON.stringify(row)}` : `${line(row)}\n`)
    first = false
  }
  if (options.json) io.out('\n]\n')
  else {
    const found = stockStates.filter((state) => counts[state]).map((state) => `${counts[state]} ${state}`)
    io.err(found.length > 0 ? `${found.join(', ')}\n` : 'No ICCID found.\n')
  }
  return 'good'
}

/** `sims exclude`: Mobile Plans no longer serves the SIM; a free one is taken off sale, too. */
export async function excludeCommand(
  io: Io,
  text: string,
  options: { json: boolean },
  documents?: DocumentStore,
): Promise<Outcome> {
  const iccid = parseIccid(text)
  if (!iccid) throw new CliError('usage', 'the ICCID is not 18 to 20 digits')
  const store = documents ?? (await openDocuments(io))
  const result = await excludeSim(store, iccid)
  const row = await withdrawIfFree(store, profileTypesOf(readOperator(io)), iccid)
  const onSale = row !== undefined && row.state !== 'unavailable'
  if (options.json) io.out(`${JSON.stringify({ result, stock: row?.state ?? null, orderId: row?.orderId ?? null })}\n`)
  else {
    io.out(result === 'excluded' ? 'The SIM is excluded.\n' : 'The SIM was excluded already.\n')
    if (onSale) io.err(`Order ${row.orderId ?? ''} holds it (${row.state}) and goes on: look at the order.\n`)
  }
  return onSale ? 'findings' : 'good'
}

function line(row: StockRow): string {
  const why = [row.orderId, row.until && `until ${row.until}`, row.reason].filter((part) => part !== undefined)
  return [row.iccid.padEnd(20), row.profileType, row.state, ...why].join('  ')
}

function tell(io: Io, what: string, notes: readonly LineNote[]): void {
  for (const note of notes) io.err(`line ${note.line}: ${what}: ${note.message}\n`)
}

async function readInput(io: Io, file: string): Promise<string> {
  if (file === '-') return io.readStdin()
  try {
    return readFileSync(resolve(io.folder, file), 'utf8')
  } catch (cause) {
    throw new CliError('usage', `${file} cannot be read`, { cause })
  }
}
