import { Argument, Command, CommanderError, Option } from 'commander'
import { StoreUnavailableError } from '../shared/platform/ports'
import { gateways } from './gateways/program'
import { CliError, type Io, type Outcome } from './io'
import { orders } from './orders/program'
import { records } from './records/program'
import { excludeCommand, importCommand, listCommand, stockStates } from './sims/commands'
import { stock } from './stock/program'
import { usage } from './usage/program'

/** Exit statuses: all good; findings or a failure; the command line was wrong. */
export const exitStatus = { good: 0, findings: 1, failed: 1, usage: 2 } as const

/**
 * Runs one command line.
 *
 * @param args what stands after `mobile-plans`
 * @returns the exit status
 */
export async function run(args: readonly string[], io: Io, version: string): Promise<number> {
  let outcome: Outcome = 'good'
  const program = commands(io, version, (result) => {
    outcome = result
  })
  try {
    // `mobile-plans` alone is a question, not a mistake.
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' })
    return exitStatus[outcome]
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.good : exitStatus.usage
    if (!(error instanceof Error)) throw error
    io.err(`${error.message}\n`)
    if (error instanceof StoreUnavailableError) io.err('Is the store there? On this computer, "npm start" runs it.\n')
    return error instanceof CliError ? exitStatus[error.code] : exitStatus.failed
  }
}

function commands(io: Io, version: string, done: (outcome: Outcome) => void): Command {
  const program = new Command('mobile-plans')
    .description('Operates a Mobile Plans app: its orders, its stock of eSIMs and the SIMs that it serves.')
    .version(version)
    .option('--json', 'answer as JSON, for machines', false)
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .exitOverride()
    .showHelpAfterError('Add --help for help.')
    .addHelpText('after', '\nExit status: 0 good, 1 findings or failure, 2 wrong command line.')
  sims(program, io, done)
  orders(program, io, done)
  stock(program, io, done)
  usage(program, io, done)
  records(program, io, done)
  gateways(program, io, done)
  return program
}

function sims(program: Command, io: Io, done: (outcome: Outcome) => void): void {
  const json = (command: Command) => Boolean(command.optsWithGlobals().json)
  const group = program.command('sims').description('the stock of eSIMs, and SIMs with a mark')

  group
    .command('import')
    .description(
      'bring SIMs in from a CSV file: iccid,profileType for eSIMs on sale; iccid,warm or iccid,monitor for others',
    )
    .argument('<file>', 'a CSV file, or - for standard input')
    .option('--skip-bad', 'import the good rows although others are bad', false)
    .action(async (file: string, options: { skipBad: boolean }, command: Command) => {
      done(await importCommand(io, file, { json: json(command), skipBad: options.skipBad }))
    })

  group
    .command('list')
    .description('list the stock')
    .option('--type <profile type>', 'only this profile type (default: all of operator.json)')
    .addOption(new Option('--state <state>', 'only rows in this state').choices(stockStates))
    .action(async (options: { type?: string; state?: (typeof stockStates)[number] }, command: Command) => {
      done(await listCommand(io, { ...options, json: json(command) }))
    })

  group
    .command('exclude')
    .description('no longer serve a SIM; if it is for sale, take it off sale')
    .addArgument(new Argument('<iccid>', '18 to 20 digits'))
    .action(async (iccid: string, _: object, command: Command) => {
      done(await excludeCommand(io, iccid, { json: json(command) }))
    })
}
