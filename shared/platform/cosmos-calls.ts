/** Calls of containers of one database: one client for all, made with the first call, and every call bounded in time. */
import type { Container, CosmosClient } from '@azure/cosmos'
import { type CallLimits, callAzure } from './azure-call'
import type { CosmosAccount } from './cosmos-account'
import { type CosmosRequest, cosmosFailure, openCosmosClient } from './cosmos-client'
import { type ContainerName, StoreUnavailableError } from './ports'

/** How calls are made. */
export interface CosmosCalls {
  /** Limits of one call of the port, shared by all requests that serve it. */
  start(): CallLimits
  /**
   * Calls a container until there is an answer or the limits are reached.
   *
   * @throws {ServiceRejection} when the service declined
   * @throws {StoreUnavailableError} for everything else
   */
  call<T>(
    limits: CallLimits,
    name: ContainerName,
    request: (container: Container, abortSignal: AbortSignal, attempt: number) => Promise<T>,
  ): Promise<T>
  /** The error for a service that did not serve a call. */
  unavailable(reason: string, cause?: Error): StoreUnavailableError
  close(): Promise<void>
}

const attempts = 4

/** Prepares calls; does no I/O and loads no SDK. */
export function createCosmosCalls(settings: {
  account: CosmosAccount
  database: string
  timeoutMs: number
  onRequest: ((request: CosmosRequest) => void) | undefined
}): CosmosCalls {
  const { account, database, timeoutMs, onRequest } = settings
  const requestTimeoutMs = Math.ceil(timeoutMs / 2)
  let opening: Promise<CosmosClient> | undefined

  const unavailable = (reason: string, cause?: Error) =>
    new StoreUnavailableError(`Cosmos DB did not serve the call: ${reason}`, { cause })

  async function open(name: ContainerName): Promise<Container> {
    opening ??= openCosmosClient({ account, requestTimeoutMs, onRequest }).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return (await opening).database(database).container(name)
  }

  return {
    unavailable,
    start: () => ({
      attemptMs: requestTimeoutMs,
      deadline: performance.now() + timeoutMs,
      attempts,
      unavailable,
    }),
    async call(limits, name, request) {
      const container = await open(name)
      return callAzure(limits, async (abortSignal, attempt) => {
        try {
          return await within(abortSignal, request(container, abortSignal, attempt))
        } catch (error) {
          throw cosmosFailure(error)
        }
      })
    },
    async close() {
      const client = await opening
      client?.dispose()
    },
  }
}

/** The result, unless the signal comes first: the wait ends in time even where the SDK does not listen, as for a token. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('aborted'))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
