import type { DocumentStore } from '../../shared/platform/ports'
import { CliError, type Io, type Outcome, progress } from '../io'
import { openDocuments, profileTypesOf, readOperator } from '../settings'
import type { Fix } from './findings'
import { type Reconciled, reconcileStock } from './reconcile'

/** `stock reconcile`: compares stock with orders; ends with findings while any is left. */
export async function reconcileCommand(
  io: Io,
  options: { json: boolean; type?: string; fix: boolean },
  documents?: DocumentStore,
): Promise<Outcome> {
  const types = options.type === undefined ? profileTypesOf(readOperator(io)) : [options.type]
  if (types.length === 0)
    throw new CliError('usage', 'there is no operator.json here: name the profile type with --type')
  const store = documents ?? (await openDocuments(io))
  let show: ((done: number) => void) | undefined
  const { rows, findings } = await reconcileStock(
    store,
    types,
    { fix: options.fix, now: () => new Date() },
    (done, total) => {
      show ??= progress(io, 'Comparing', total, Date.now)
      show(done)
    },
  )
  const left = findings.filter(({ fixed }) => !fixed)
  if (options.json) io.out(`${JSON.stringify({ rows, findings }, undefined, 2)}\n`)
  else {
    for (const finding of findings) io.out(`${line(finding)}\n`)
    io.err(
      `${rows} rows compared, ${findings.length} finding${findings.length === 1 ? '' : 's'}, ${findings.length - left.length} mended\n`,
    )
    if (!options.fix && left.some(({ fix }) => fix !== undefined))
      io.err('Those with a remedy can be mended with --fix; the others need somebody to look.\n')
  }
  return left.length > 0 ? 'findings' : 'good'
}

const remedies: Record<Fix, string> = {
  free: 'put back on sale',
  remove: 'take the row away',
  withdraw: 'take off sale',
}

function line({ kind, iccid, profileType, orderId, detail, fix, fixed }: Reconciled): string {
  const remedy = fix === undefined ? undefined : `${fixed ? 'mended' : 'remedy'}: ${remedies[fix]}`
  return [kind, (iccid ?? '–').padEnd(20), profileType, orderId, detail, remedy]
    .filter((part) => part !== undefined)
    .join('  ')
}
