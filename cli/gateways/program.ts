import type { Command } from 'commander'
import { gatewayTemplateFile } from '../../shared/domain/gateway-template'
import { CliError, type Io, type Outcome } from '../io'
import { readOperator } from '../settings'

/** Adds `mobile-plans gateway-template`. */
export function gateways(program: Command, io: Io, done: (outcome: Outcome) => void): void {
  program
    .command('gateway-template')
    .description('print the gateway template file for Microsoft, made from operator.json')
    .option('--language <tag>', 'language of its texts (default: defaultLanguage of operator.json)')
    .action((options: { language?: string }) => {
      done(printTemplate(io, options.language))
    })
}

/**
 * Prints the file as JSON, and on the side what Microsoft should know about it.
 *
 * @throws {CliError} when there is no operator.json, or it does not have the language
 */
function printTemplate(io: Io, wanted: string | undefined): Outcome {
  const operator = readOperator(io)
  if (operator === undefined) throw new CliError('failed', 'There is no operator.json here.')
  const language = wanted ?? operator.defaultLanguage
  if (!operator.languages.includes(language))
    throw new CliError('usage', `operator.json has no language "${language}", but ${operator.languages.join(', ')}.`)
  const made = gatewayTemplateFile(operator.gateways, language, operator.defaultLanguage)
  if (!made.ok) {
    for (const issue of made.issues) io.err(`${issue}\n`)
    return 'findings'
  }
  io.out(`${JSON.stringify(made.file, null, 2)}\n`)
  return 'good'
}
