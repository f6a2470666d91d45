import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TableClient } from '@azure/data-tables'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Azurite, findAzurite, startAzurite } from './azurite'

describe('the Azurite launcher', { timeout: 30_000 }, () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'azurite-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

  const table = (azurite: Azurite) =>
    TableClient.fromConnectionString(azurite.connectionString, 'kept', { allowInsecureConnection: true })

  test('what was written is there after a stop and a new start, and nothing answers in between', async () => {
    const first = await startAzurite({ location: join(directory, 'data') })
    await table(first).createTable()
    await table(first).createEntity({ partitionKey: 'p', rowKey: 'r', text: 'kept' })
    expect(await findAzurite(first.ports)).toBe(first.connectionString)
    await first.stop()
    expect(await findAzurite(first.ports)).toBeUndefined()

    const second = await startAzurite({ location: join(directory, 'data') })
    onTestFinished(() => second.stop())
    expect(await table(second).getEntity('p', 'r')).toMatchObject({ text: 'kept' })
  })

  test('a taken port is named', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await expect(startAzurite({ queuePort: port ?? 0 })).rejects.toMatchObject({
      code: 'azurite_port_taken',
      message: expect.stringContaining(`port ${port}`),
    })
  })

  test('lines it prints reach the log', async () => {
    const lines: string[] = []
    const azurite = await startAzurite({ log: (line) => lines.push(line) })
    await azurite.stop()
    expect(lines).toContainEqual(expect.stringContaining(`listening at http://127.0.0.1:${azurite.ports.table}`))
    await azurite.stop()
  })
})
