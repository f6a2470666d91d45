import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { usageOldestMs } from '../../shared/operator-api/usage-batch'
import type { Io, Outcome } from '../io'
import { type UsageOptions, usageCommand } from './commands'

const mostDays = usageOldestMs / 86_400_000

/** Adds `mobile-plans usage …`. */
export function usage(program: Command, io: Io, done: (outcome: Outcome) => void): void {
  program
    .command('usage')
    .description('reports of usage that could not be counted')
    .addArgument(
      new Argument('<which>', 'late: older than seven days when they came; unknown: of SIMs that nobody knew').choices([
        'late',
        'unknown',
      ]),
    )
    .addOption(new Option('--days <n>', 'usage of the last n days').argParser(days).default(31))
    .option('--apply', 'count the unknown ones whose SIMs are known by now, and take them off the list', false)
    .addOption(
      new Option(
        '--remove <ids...>',
        'take the reports with these ids off the list: they were settled otherwise',
      ).conflicts('apply'),
    )
    .action(async (which: 'late' | 'unknown', options: Omit<UsageOptions, 'json'>, command: Command) => {
      done(await usageCommand(io, which, { ...options, json: Boolean(command.optsWithGlobals().json) }))
    })
}

function days(text: string): number {
  const count = Number(text)
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= mostDays) return count
  throw new InvalidArgumentError(`It is a whole number from 1 to ${mostDays}.`)
}
