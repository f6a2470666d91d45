/** Structured log lines: one JSON object each, with the invocation's own logger where there is one. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { maskIdentifier } from '../domain/identifiers'
import type { Log, LogFields } from './ports'

type Level = 'info' | 'warn' | 'error'
/** Where lines go: the `InvocationContext` of a function fits. */
export type LogSink = Record<Level, (line: string) => void>

const current = new AsyncLocalStorage<LogSink>()

/** How many invocations are followed at the moment. */
let followed = 0

/**
 * Runs a function's work so that every line it logs belongs to its invocation. To follow the invocation, Node before 24 looks at every promise of
 * the process: this ends with the last invocation that is followed, and a hot path is given a log of its own instead. What work leaves running
 * behind it logs to the console.
 */
export async function withLogSink<T>(sink: LogSink, work: () => Promise<T>): Promise<T> {
  followed += 1
  try {
    return await current.run(sink, work)
  } finally {
    followed -= 1
    if (followed === 0) current.disable()
  }
}

const toConsole: LogSink = {
  info: (line) => console.info(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
}

/**
 * Makes a log.
 *
 * @param fields part of every line
 * @param to where the lines go; absent: to the current invocation, or to the console outside one
 */
export function createLog(fields: LogFields = {}, to?: LogSink): Log {
  const write = (level: Level, event: string, more: { cause?: unknown } & Record<string, unknown> = {}) => {
    const { cause, ...rest } = more
    const line = { level, event, ...masked({ ...fields, ...rest }), ...describeCause(cause) }
    const sink = to ?? current.getStore() ?? toConsole
    sink[level](JSON.stringify(line))
  }
  return {
    info: (event, more) => write('info', event, more),
    warn: (event, more) => write('warn', event, more),
    error: (event, more) => write('error', event, more),
    with: (more) => createLog({ ...fields, ...more }, to),
  }
}

function masked(fields: Record<string, unknown>): LogFields {
  const result: LogFields = {}
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') result[name] = isThumbprint(name, value) ? value : maskPersonalData(value)
    else if (typeof value === 'number' || typeof value === 'boolean') result[name] = value
  return result
}

/** SHA-256 of a certificate, which staff compare and copy: one in forty has a run of digits as long as an identifier's. */
function isThumbprint(name: string, value: string): boolean {
  return name === 'thumbprint' && /^[0-9a-f]{64}$/.test(value)
}

/**
 * Last line of defence: masks runs of 14 and more digits (ICCID, EID, IMEI), e-mail addresses and activation codes in any text
 * that is about to be logged.
 */
export function maskPersonalData(text: string): string {
  return text
    .replace(/1\$[^\s$]+\$[0-9A-Za-z-]+/g, (code) => `${code.slice(0, code.lastIndexOf('$') + 1)}…`)
    .replace(/[^\s@"'<>]{1,256}@[^\s@"'<>]+/g, '…@…')
    .replace(/\d{14,}F?/gi, (digits) => maskIdentifier(digits))
}

function describeCause(cause: unknown): LogFields {
  if (cause === undefined) return {}
  if (!(cause instanceof Error)) return { cause: typeof cause }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  const inner = cause.cause instanceof Error ? maskPersonalData(cause.cause.message) : undefined
  return {
    cause: cause.name,
    message: maskPersonalData(cause.message),
    ...(code === undefined ? {} : { code }),
    ...(inner === undefined ? {} : { because: inner }),
    stack: maskPersonalData((cause.stack ?? '').split('\n').slice(1, 6).join(' | ')),
  }
}
