/** Levels of the Functions host, lowest first. */
export const logLevels = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const
export type LogLevel = (typeof logLevels)[number]

/** One line of the host's log. `user`: written by the app through `context.log…`; `system`: by host, worker or library. */
export interface LogEntry {
  time: string
  level: LogLevel
  category: 'user' | 'system'
  message: string
  functionName?: string | undefined
  invocationId?: string | undefined
}

/** Where log lines go: readable text, one JSON object a line, or a function. */
export type LogTarget = 'pretty' | 'json' | ((entry: LogEntry) => void)
export type Log = (entry: Omit<LogEntry, 'time'>) => void

/**
 * A log that writes to `target` what passes the levels of `host.json`.
 *
 * @param levels see {@link HostConfig.logLevels}; the longest category that fits decides, `Information` when none does
 * @see "How to configure monitoring for Azure Functions", section "Configure log levels"
 */
export function createLog(target: LogTarget, levels: Readonly<Record<string, string>>): Log {
  const write = typeof target === 'function' ? target : target === 'json' ? writeJson : writePretty
  return (entry) => {
    if (logLevels.indexOf(entry.level) < logLevels.indexOf(threshold(entry, levels))) return
    write({ time: new Date().toISOString(), ...entry })
  }
}

function threshold(
  entry: Pick<LogEntry, 'category' | 'functionName'>,
  levels: Readonly<Record<string, string>>,
): LogLevel {
  const categories = entry.functionName
    ? [
        ...(entry.category === 'user' ? [`Function.${entry.functionName}.User`] : []),
        `Function.${entry.functionName}`,
        'Function',
        'default',
      ]
    : ['Host', 'default']
  const named = categories.map((category) => levels[category] ?? levels[category.toLowerCase()]).find(Boolean)
  return logLevels.find((level) => level === named?.toLowerCase()) ?? 'information'
}

function writeJson(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify(entry)}\n`)
}

function writePretty(entry: LogEntry): void {
  const where = entry.functionName ? ` ${entry.functionName} ${entry.invocationId?.slice(0, 8) ?? ''}` : ''
  process.stdout.write(`[${entry.time}] ${entry.level}${where}: ${entry.message}\n`)
}
