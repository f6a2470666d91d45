import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Io, Outcome } from '../io'
import { type RecordsOptions, recordsCommand } from './commands'
import { parseMoment, usualDays } from './period'
import type { RecordKind } from './sources'

const notes = `
The columns are this project's own. Microsoft speaks of CDR, SDR and TDR and publishes no columns, format or transport for them; the
purchase metadata among the columns are those of its callbacks. docs/operator.md explains each.

With --output the file appears when it is complete. A run that was interrupted, however, goes on with --resume.`

const kinds: readonly [RecordKind, string][] = [
  ['purchases', 'purchases that were settled in the period: completed, cancelled or expired, paid or refunded'],
  ['usage', 'usage that charging reported for the period, each report once, and whether it was counted'],
]

/** Adds `mobile-plans records …`. */
export function records(program: Command, io: Io, done: (outcome: Outcome) => void): void {
  const group = program
    .command('records')
    .description('export records of purchases and of usage as CSV or JSON Lines')
    .addHelpText('after', notes)
  for (const [kind, description] of kinds)
    group
      .command(kind)
      .description(description)
      .addOption(
        new Option(
          '--from <instant>',
          `first instant, such as 2026-03-01 (UTC) or 2026-03-01T00:00:00+01:00 (default: ${usualDays} days ago)`,
        ).argParser(moment),
      )
      .addOption(
        new Option(
          '--to <instant>',
          'end; this instant itself is left out (default: as far as records are complete)',
        ).argParser(moment),
      )
      .addOption(new Option('--format <format>', 'default: csv, or jsonl with --json').choices(['csv', 'jsonl']))
      .option('--output <file>', 'write to this file (default: standard output)')
      .option('--resume', 'go on with an export to --output that was interrupted; begin it where there is none', false)
      .addHelpText('after', notes)
      .action(async (options: RecordsOptions, command: Command) => {
        const json = Boolean(command.optsWithGlobals().json)
        done(await recordsCommand(io, kind, json ? { format: 'jsonl', ...options } : options))
      })
}

function moment(text: string): number {
  const instant = parseMoment(text)
  if (instant !== undefined) return instant
  throw new InvalidArgumentError('It is a date such as 2026-03-01, or an instant such as 2026-03-01T12:00:00Z.')
}
