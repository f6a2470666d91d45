import { type ClientTls, createHttpCaller, type HttpCall } from './http-call'
import { emptyObject, nothing, type Reading, readContractAnswer } from './http-contract'
import type { CallContext, CallResult, Provisioning } from './ports'

/** How to reach the operator's network provisioning. */
export interface ProvisioningConfig {
  /** Base URL; the paths of the contract in `ports.ts` are appended. */
  url: string
  /** For a whole call, in milliseconds; 10 s by default. */
  callTimeoutMs?: number | undefined
  connectTimeoutMs?: number | undefined
  /** Our client certificate, where the provisioning system asks for one. */
  tls?: ClientTls | undefined
  /** Sent with every call, such as `authorization`. */
  headers?: Record<string, string> | undefined
}

/** The port and the end of its connections. */
export type ProvisioningClient = Provisioning & { close(): Promise<void> }

/**
 * Network provisioning over HTTP and JSON; the contract stands with the port in `ports.ts`. Both calls name the wanted end state,
 * so repeating them is harmless.
 *
 * @throws {HttpCallerConfigError} when the URL is not https (or http to this machine)
 */
export function createProvisioning(config: ProvisioningConfig): ProvisioningClient {
  const http = createHttpCaller({
    baseUrl: config.url,
    timeoutMs: config.callTimeoutMs ?? 10_000,
    connectTimeoutMs: config.connectTimeoutMs,
    tls: config.tls,
    headers: config.headers,
  })

  async function call(
    request: Pick<HttpCall, 'method' | 'path' | 'body'>,
    reading: Reading<Record<string, never>>,
    context: CallContext,
  ): Promise<CallResult<Record<string, never>>> {
    const headers = { 'x-call-id': context.callId }
    const answer = await http.call({ ...request, headers, signal: context.signal })
    return readContractAnswer(answer, reading)
  }

  return {
    activateLine({ iccid, ...body }, context) {
      const path = `/lines/${encodeURIComponent(iccid)}`
      const reading = { operation: 'provisioning activateLine', success: [200], schema: emptyObject }
      return call({ method: 'PUT', path, body }, reading, context)
    },

    deactivateLine({ iccid }, context) {
      const path = `/lines/${encodeURIComponent(iccid)}`
      // 404: the network does not know the line, which is what was wanted.
      const reading = { operation: 'provisioning deactivateLine', success: [204, 404], schema: nothing }
      return call({ method: 'DELETE', path }, reading, context)
    },

    close: () => http.close(),
  }
}
