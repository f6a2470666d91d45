import type { Command } from 'commander'
import type { Io, Outcome } from '../io'
import { reconcileCommand } from './commands'

/** Adds `mobile-plans stock …`. */
export function stock(program: Command, io: Io, done: (outcome: Outcome) => void): void {
  program
    .command('stock')
    .description('the stock of eSIMs against the orders')
    .command('reconcile')
    .description('compare stock rows with orders and print what does not fit; status 1 while anything is left')
    .option('--type <profile type>', 'only this profile type (default: all of operator.json)')
    .option('--fix', 'mend what is provably safe to mend', false)
    .action(async (options: { type?: string; fix: boolean }, command: Command) => {
      done(await reconcileCommand(io, { ...options, json: Boolean(command.optsWithGlobals().json) }))
    })
}
