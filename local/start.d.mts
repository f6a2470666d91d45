/** Options of `npm start`. */
export interface ParsedOptions {
  port?: number
  engine?: 'azurite' | 'cloud'
  reset: boolean
  help: boolean
}

/** Reads the command line of `npm start`, or says what is wrong with it. */
export function parseOptions(args: string[]): ParsedOptions | { problem: string }
