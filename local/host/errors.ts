/** Why the local host cannot start, or cannot serve one function. */
export type HostErrorCode =
  | 'host_json_invalid'
  | 'local_settings_invalid'
  | 'main_missing'
  | 'app_blocked'
  | 'http_stream_unsupported'
  | 'function_invalid'
  | 'route_invalid'
  | 'schedule_invalid'
  | 'setting_missing'
  | 'port_unavailable'
  | 'second_host'
  | 'tls_invalid'

/** An error of the local host itself; what the app throws keeps its own type and is attached as `cause`. */
export class HostError extends Error {
  constructor(
    readonly code: HostErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.name = 'HostError'
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  if (thrown === undefined || thrown === null) return 'Unknown error'
  return typeof thrown === 'string' ? thrown : JSON.stringify(thrown)
}

/** The stack of anything that was thrown, or its text when it has none. */
export function stackOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.stack ? thrown.stack : messageOf(thrown)
}
