import { Argument, type Command, Option } from 'commander'
import type { Io, Outcome } from '../io'
import { type ActOptions, actCommand } from './act'
import { type ListOptions, listCommand, orderStates } from './list'
import { showCommand } from './show'

const acts = [
  ['retry', 'what parked the order has been mended: take it up again where it was'],
  ['cancel', 'call the purchase off; only while no money was taken and no eSIM installed'],
  ['resolve', 'what parked the order was settled by hand, in the systems outside: bring it to its end'],
] as const

/** Adds `mobile-plans orders …`. */
export function orders(program: Command, io: Io, done: (outcome: Outcome) => void): void {
  const json = (command: Command) => Boolean(command.optsWithGlobals().json)
  const group = program.command('orders').description('orders under way, and those that wait for staff')

  group
    .command('list')
    .description('list the open orders, the one that has stood longest first')
    .addOption(new Option('--state <state>', 'only orders in this state').choices(orderStates))
    .addOption(new Option('--open', 'only purchases that have not ended').conflicts('parked'))
    .option('--parked', 'only orders that wait for staff')
    .action(async (options: Omit<ListOptions, 'json'>, command: Command) => {
      done(await listCommand(io, { ...options, json: json(command) }))
    })

  group
    .command('show')
    .description('show one order: where it stands, what is due next, its story')
    .addArgument(new Argument('<order>', 'id; or reference, for open orders only'))
    .option('--reveal', 'show identifiers of device and SIM in full: personal data', false)
    .action(async (order: string, options: { reveal: boolean }, command: Command) => {
      done(await showCommand(io, order, { ...options, json: json(command) }))
    })

  for (const [action, description] of acts) {
    const command = group
      .command(action)
      .description(description)
      .addArgument(new Argument('<order>', 'id; or reference, for open orders only'))
      .option('--by <name>', 'who you are, for the story of the order (default: your user name on this computer)')
      .option('--note <text>', 'why, for the story of the order; no personal data')
      .action(async (order: string, options: Omit<ActOptions, 'json'>, self: Command) => {
        done(await actCommand(io, action, order, { ...options, json: json(self) }))
      })
    if (action === 'resolve')
      command.addOption(
        new Option('--outcome <outcome>', 'whether the person has the eSIM').choices(['delivered', 'not-delivered']),
      )
  }
}
