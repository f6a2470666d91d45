import { join } from 'node:path'
import { type AzuritePorts, startAzurite } from '../azurite'
import { writePrivate } from './local-secrets'
import type { Ending } from './program'

/** The store of this start. */
export interface Store {
  connectionString: string
  /** `undefined`: it was there before us and stays. */
  stop?: () => Promise<void>
  /** Resolves when our Azurite is gone although nobody stopped it. */
  lost: Promise<Ending>
}

/** An Azurite that somebody else runs. */
export function foundStore(connectionString: string): Store {
  return { connectionString, lost: new Promise(() => undefined) }
}

/** Starts an Azurite that keeps its data in the state folder. */
export async function ownStore(folders: { state: string; logs: string }, ports: AzuritePorts): Promise<Store> {
  const { blob, queue, table } = ports
  const lines: string[] = []
  const azurite = await startAzurite({
    location: join(folders.state, 'azurite'),
    blobPort: blob,
    queuePort: queue,
    tablePort: table,
    log: (line) => lines.push(line),
  })
  const logFile = join(folders.logs, 'azurite.log')
  let watch: NodeJS.Timeout | undefined
  const lost = new Promise<Ending>((resolve) => {
    watch = setInterval(() => {
      if (isAlive(azurite.pid)) return
      clearInterval(watch)
      writePrivate(logFile, lines)
      resolve({ name: 'Azurite', how: 'gone', logFile })
    }, 500)
  })
  const stop = async () => {
    clearInterval(watch)
    await azurite.stop()
  }
  return { connectionString: azurite.connectionString, lost, stop }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // no such process
  }
}
