/**
 * The client of Cosmos DB as this app uses it: no retries, no discovery, no timers of its own, and errors that hold no personal data.
 *
 * - Retries are those of `azure-call`: the SDK's own wait for up to 30 s after a 429 and ten times a second after a broken connection,
 *   and a write must know that it was tried before.
 * - The account has one region, and its address leads to whichever region writes; so the client needs no list of regions, reads none
 *   before its first request, and keeps no timer to refresh it.
 * - A query of one partition needs no plan. The SDK asks for one with every query all the same; that request is not sent.
 */
import type { CosmosClient, CosmosClientOptions, PluginConfig } from '@azure/cosmos'
import { connectionFailure, NoAnswer, ServiceRejection } from './azure-call'
import { type CosmosAccount, checkEndpoint, readConnectionString } from './cosmos-account'
import { isDevelopment } from './environment'

/** One request to the service, as it ended. Names no document. */
export interface CosmosRequest {
  /** `read`, `create`, `replace`, `delete`, `query`. */
  operation: string
  container: string
  /** HTTP status; 0 without an answer. */
  status: number
  /** Request units that it cost. */
  charge: number
  ms: number
  /** The service's own name of the request, for its support. */
  activityId: string
}

/** How a client is opened. */
export interface CosmosClientSettings {
  account: CosmosAccount
  /** Longest wait for one answer, in milliseconds. */
  requestTimeoutMs: number
  onRequest?: ((request: CosmosRequest) => void) | undefined
}

/** Opens a client. Does no I/O. */
export async function openCosmosClient(settings: CosmosClientSettings): Promise<CosmosClient> {
  const { CosmosClient, CosmosDbDiagnosticLevel } = await import('@azure/cosmos')
  const { account, requestTimeoutMs, onRequest } = settings
  const byKey = 'connectionString' in account
  const entry: CosmosClientOptions = byKey
    ? readConnectionString(account.connectionString, isDevelopment())
    : { endpoint: checkEndpoint(account.endpoint), aadCredentials: account.credential }
  const options: CosmosClientOptions & { plugins: PluginConfig[] } = {
    ...entry,
    // Stated, not inherited: an account that offers less refuses every request, instead of showing the past now and then. Emulators
    // have a single copy, and some offer no more than `Session`.
    consistencyLevel: byKey ? 'Session' : 'Strong',
    connectionPolicy: {
      requestTimeout: requestTimeoutMs,
      enableEndpointDiscovery: false,
      enableBackgroundEndpointRefreshing: false,
      useMultipleWriteLocations: false,
      retryOptions: { maxRetryAttemptCount: 0, fixedRetryIntervalInMilliseconds: 0, maxWaitTimeInSeconds: 0 },
    },
    // Whatever the environment says: the other levels print requests, addresses of documents included.
    diagnosticLevel: CosmosDbDiagnosticLevel.info,
    userAgentSuffix: 'mobile-plans',
    plugins: [{ on: 'request', plugin: watch(onRequest) }],
  }
  return new CosmosClient(options)
}

/** A failure that the SDK must neither retry nor take for something else; unwrapped by {@link cosmosFailure}. */
class Settled extends Error {
  constructor(readonly failure: NoAnswer) {
    super(failure.code)
    this.name = 'Settled'
  }
}

/** Runs around every request of the client. */
function watch(onRequest: CosmosClientSettings['onRequest']): PluginConfig['plugin'] {
  return async (context, _diagnostics, next) => {
    const headers: Readonly<Record<string, unknown>> = context.headers ?? {}
    if (headers['x-ms-cosmos-is-query-plan-request'] !== undefined) throw new Settled(new NoAnswer('no plan', false))
    const started = performance.now()
    const report = (status: number, answer: Readonly<Record<string, unknown>>) =>
      onRequest?.({
        operation: context.operationType ?? 'unknown',
        container: /^\/?dbs\/[^/]+\/colls\/([^/]+)/.exec(context.path ?? '')?.[1] ?? '',
        status,
        charge: Number(answer['x-ms-request-charge'] ?? 0),
        ms: performance.now() - started,
        activityId: textOf(answer['x-ms-activity-id']),
      })
    try {
      const response = await next(context)
      report(response.code ?? 0, response.headers)
      return response
    } catch (error) {
      report(statusOf(error) ?? 0, headersOf(error))
      const failure = noAnswerOf(error)
      // Everything else is an answer: the SDK takes from it what the session has to know.
      throw failure === undefined ? error : new Settled(failure)
    }
  }
}

/** Timeout, partition on the move, too many requests, "retry with" ("HTTP status codes for Azure Cosmos DB"). */
const passingStatuses = new Set([408, 410, 429, 449])
/** The replica that answered has not seen what this session has seen. */
const sessionNotAvailable = 1002
/** Container or database are missing, not the document. */
const ownerNotFound = 1003

/** Why an error is no answer to what was asked; `undefined`: it is one. */
function noAnswerOf(error: unknown): NoAnswer | undefined {
  const status = statusOf(error)
  if (status === undefined) return brokenOf(error)
  const substatus = Number(property(error, 'substatus') ?? 0)
  const code = substatus > 0 ? `${status}/${substatus}` : `${status}`
  if (status >= 500 || passingStatuses.has(status)) return new NoAnswer(code, true, retryAfterOf(error))
  if (status === 401 || status === 403) return new NoAnswer(code, false)
  if (status === 404 && substatus === sessionNotAvailable) return new NoAnswer(code, true)
  if (status === 404 && substatus === ownerNotFound) return new NoAnswer(`${code}, the container is missing`, false)
  if (status === 400 && /consistency ?level/i.test(messageOf(error)))
    return new NoAnswer('the account offers less than the consistency level Strong', false)
  return undefined
}

/** What went wrong before there was an answer that can be read. */
function brokenOf(error: unknown): NoAnswer {
  if (!(error instanceof Error)) return new NoAnswer('unknown', false)
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return new NoAnswer('timeout', true)
  // The SDK reads JSON from every answer, and a message from every refusal: a gateway's page has neither.
  if (error instanceof TypeError || error instanceof SyntaxError) return new NoAnswer('unreadable', true)
  const code = property(error, 'code')
  // Without a code of Node it comes from the identity, which has tried again by itself.
  return typeof code === 'string' ? connectionFailure(code) : new NoAnswer(error.name, false)
}

/** Makes of whatever the client threw what `azure-call` understands; nothing of the SDK's own error goes on. */
export function cosmosFailure(error: unknown): unknown {
  if (error instanceof Settled) return error.failure
  const status = statusOf(error)
  return status === undefined ? error : new ServiceRejection(status, String(property(property(error, 'body'), 'code')))
}

/** The status of the SDK's `ErrorResponse`. */
function statusOf(error: unknown): number | undefined {
  const code = property(error, 'code')
  return typeof code === 'number' && code >= 400 ? code : undefined
}

function headersOf(error: unknown): Readonly<Record<string, unknown>> {
  const headers = property(error, 'headers')
  return typeof headers === 'object' && headers !== null ? { ...headers } : {}
}

function retryAfterOf(error: unknown): number | undefined {
  const milliseconds = property(error, 'retryAfterInMs')
  return typeof milliseconds === 'number' && milliseconds >= 0 ? milliseconds : undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
