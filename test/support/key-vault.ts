/** A server that speaks the REST shape of Key Vault: challenge, bearer token, newest version of a secret. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Identity } from './certificates'

/** What the server holds and has seen. */
export interface TestVault {
  /** Address, as of a vault. */
  url: string
  /** Puts in a new version of a secret. */
  put(name: string, text: string, contentType?: string): void
  remove(name: string): void
  /** From now on every request ends like this; undefined: as it should. */
  fail: number | 'hang' | undefined
  /** Each read of a secret that carried a token, by name. */
  readonly reads: string[]
  /** Requests without a token, which were answered by a challenge. */
  readonly challenges: number
  stop(): Promise<void>
}

/** The token that the server wants to see. */
export const vaultToken = 'token-of-the-app'

/** Starts a vault on a free port. */
export async function startVault({ cert, key }: Identity): Promise<TestVault> {
  const secrets = new Map<string, { text: string; contentType: string | undefined; version: number }>()
  const state = { fail: undefined as number | 'hang' | undefined, reads: [] as string[], challenges: 0 }
  const server = createServer({ cert, key }, (request, response) => {
    const answer = (status: number, body: object, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    }
    const name = /^\/secrets\/([^/?]+)/.exec(request.url ?? '')?.[1] ?? ''
    if (state.fail === 'hang') return
    if (state.fail !== undefined) return answer(state.fail, { error: { code: 'Faulty', message: 'played' } })
    if (request.headers.authorization !== `Bearer ${vaultToken}`) {
      state.challenges += 1
      const challenge = 'Bearer authorization="https://login.example.net/tenant", resource="https://vault.example.net"'
      return answer(401, { error: { code: 'Unauthorized', message: 'token' } }, { 'www-authenticate': challenge })
    }
    state.reads.push(name)
    const secret = secrets.get(name)
    if (secret === undefined) return answer(404, { error: { code: 'SecretNotFound', message: 'no such secret' } })
    const { text, contentType, version } = secret
    const id = `https://127.0.0.1/secrets/${name}/${String(version).padStart(32, '0')}`
    answer(200, { value: text, contentType, id, attributes: { enabled: true, created: 1, updated: 1 } })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    put(name, text, contentType) {
      secrets.set(name, { text, contentType, version: (secrets.get(name)?.version ?? 0) + 1 })
    },
    remove: (name) => void secrets.delete(name),
    get fail() {
      return state.fail
    },
    set fail(how) {
      state.fail = how
    },
    get reads() {
      return state.reads
    },
    get challenges() {
      return state.challenges
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
