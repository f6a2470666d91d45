import type { Socket } from 'node:net'
import type { CallFailure } from './ports'

/** Who ended the call, if this side did. */
export interface Ending {
  by?: 'timeout' | 'aborted'
}

/** An error of establishing the connection; nothing was sent. */
class ConnectionFailure extends Error {
  constructor(override readonly cause: Error) {
    super('no connection', { cause })
    this.name = 'ConnectionFailure'
  }
}

/** Marks an error of the connector, so that {@link classifyFailure} knows that the request was not sent. */
export function connectionFailure(error: Error): Error {
  return new ConnectionFailure(error)
}

function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'UNKNOWN'
}

const connectionCodes: Record<string, string> = {
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  ETIMEDOUT: 'connect-timeout',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'host-unreachable',
}

/**
 * In TLS 1.3 the client's handshake is complete before the server has looked at its certificate, so a refused certificate shows
 * up as an alert after the request was written. The server reads no request before it has accepted the certificate.
 * @see RFC 8446 §4.4.2.4 and §6.2
 */
const certificateAlert =
  /^ERR_SSL_\w*ALERT_(CERTIFICATE_\w+|UNKNOWN_CA|BAD_CERTIFICATE\w*|NO_CERTIFICATE|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED|HANDSHAKE_FAILURE)$/

/**
 * Remembers which connections ended because our certificate was refused: the HTTP library reports these as closed by the other
 * side, like any that may have carried the request. Connections are told apart by their local port.
 */
export class CertificateAlerts {
  readonly #byPort = new Map<number, string>()

  /** Begins to watch a new connection. */
  watch(socket: Socket): void {
    const port = socket.localPort
    if (port === undefined) return
    this.#byPort.delete(port) // an earlier connection may have had this port
    socket.once('error', (error) => {
      const code = systemCode(error)
      if (certificateAlert.test(code)) this.#byPort.set(port, code)
    })
  }

  /** The alert that ended the connection an error speaks of. */
  of(error: unknown): string | undefined {
    const code = systemCode(error)
    if (certificateAlert.test(code)) return code
    const socket = error instanceof Error && 'socket' in error ? error.socket : undefined
    const port = typeof socket === 'object' && socket !== null && 'localPort' in socket ? socket.localPort : undefined
    return typeof port === 'number' ? this.#byPort.get(port) : undefined
  }
}

const exchangeCodes: Record<string, string> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'answer-too-large',
}

/**
 * What an error of the HTTP library means for the request: `unreached` only where it certainly did not arrive, else `lost`.
 *
 * @param error what the library rejected with
 * @param ending set when this side ended the call; it then decides the code
 * @param alerts of the caller's connections
 */
export function classifyFailure(error: unknown, ending: Ending, alerts: CertificateAlerts): CallFailure {
  if (error instanceof ConnectionFailure) {
    const system = systemCode(error.cause)
    const code =
      connectionCodes[system] ?? (/SSL|TLS|CERT|SIGNED|ISSUER|EPROTO|LEAF/.test(system) ? 'tls' : 'no-connection')
    return { ok: false, kind: 'unreached', code, detail: `no connection: ${system}` }
  }
  const alert = alerts.of(error)
  if (alert !== undefined) {
    return { ok: false, kind: 'unreached', code: 'tls', detail: `our certificate was not accepted: ${alert}` }
  }
  const system = systemCode(error)
  if (system === 'UND_ERR_INVALID_ARG') {
    return { ok: false, kind: 'unreached', code: 'invalid-request', detail: 'the request could not be written' }
  }
  if (ending.by === 'timeout') return { ok: false, kind: 'lost', code: 'timeout', detail: 'no answer in time' }
  if (ending.by === 'aborted') return { ok: false, kind: 'lost', code: 'aborted', detail: 'the wait was ended' }
  const code = exchangeCodes[system] ?? (/^HPE_|^HTTPParserError$/.test(system) ? 'malformed' : 'broken')
  return { ok: false, kind: 'lost', code, detail: `the answer did not arrive whole: ${system}` }
}
