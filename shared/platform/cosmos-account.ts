/** Which account of Cosmos DB, and how it is entered: by identity in Azure, by key on an emulator only. */
import type { TokenSource } from './tables-document-store'

/** An emulator by connection string, or an account by address and identity. */
export type CosmosAccount = { connectionString: string } | { endpoint: string; credential: TokenSource }

/** What is wrong with an address or a connection string. Never says what it holds. */
export class CosmosAccountError extends Error {
  readonly code = 'cosmos_account_invalid'
  constructor(message: string) {
    super(message)
    this.name = 'CosmosAccountError'
  }
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Reads a connection string (`AccountEndpoint=…;AccountKey=…`). A key opens the whole account, cannot be limited and does not end, so
 * it is taken for emulators only: on this machine, or anywhere during development.
 *
 * @throws {CosmosAccountError}
 */
export function readConnectionString(text: string, development: boolean): { endpoint: string; key: string } {
  const endpoint = /(?:^|;)\s*AccountEndpoint=([^;]+)/i.exec(text)?.[1]
  const key = /(?:^|;)\s*AccountKey=([^;]+)/i.exec(text)?.[1]
  if (endpoint === undefined || key === undefined || !URL.canParse(endpoint)) {
    throw new CosmosAccountError('the connection string of Cosmos DB needs AccountEndpoint and AccountKey')
  }
  const { hostname, protocol } = new URL(endpoint)
  if (!loopback.has(hostname) && !development) {
    throw new CosmosAccountError('keys of Cosmos DB are for emulators; use COSMOS_ENDPOINT and a managed identity')
  }
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new CosmosAccountError('AccountEndpoint of Cosmos DB is no web address')
  }
  return { endpoint, key }
}

/**
 * Checks the address of an account that is entered by identity: tokens travel over TLS only.
 *
 * @throws {CosmosAccountError}
 */
export function checkEndpoint(endpoint: string): string {
  if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== 'https:') {
    throw new CosmosAccountError('COSMOS_ENDPOINT is no https address')
  }
  return endpoint
}
