import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port on which nobody listens, or only later a server of the test. It lies below those that systems hand out by themselves (32768 and up), so
 * that no connection of another test takes it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer()
    server.listen(randomInt(12_000, 20_000), '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      // Taken: another one.
      continue
    }
    const address = server.address()
    server.close()
    await once(server, 'close')
    if (typeof address === 'object' && address !== null) return address.port
  }
}
