import { afterAll, expect, test } from 'vitest'
import { startHost } from '../../local/host/host'
import type { LogEntry } from '../../local/host/log'
import { cleanUp, plainApp } from './fixture'

const folder = process.cwd()

afterAll(async () => {
  process.chdir(folder)
  await cleanUp()
})

test('startHost runs an app in this process, with settings and a log of its own, and only once', async () => {
  const log: LogEntry[] = []
  const source = `import { app } from '@azure/functions'
    app.get('hello', (_, context) => { context.log('said hello'); return { body: process.env.GREETING } })
    app.timer('daily', { schedule: '0 0 0 * * *', handler() {} })
    app.storageBlob('blobs', { connection: 'BLOBS', path: 'wakes', handler() {} })`
  const appRoot = plainApp({ 'dist/main.js': source })
  const host = await startHost({ appRoot, port: 0, env: { GREETING: 'hello there' }, log: (entry) => log.push(entry) })
  expect(host.functions).toEqual([
    { name: 'blobs', trigger: 'blobTrigger', error: 'not served locally: trigger type blobTrigger' },
    { name: 'daily', trigger: 'timerTrigger' },
    { name: 'hello', trigger: 'httpTrigger', url: `${host.url}/api/hello`, methods: ['GET'] },
  ])
  expect(await (await fetch(`${host.url}/api/hello`)).text()).toBe('hello there')
  expect(log.find((entry) => entry.category === 'user')).toMatchObject({ message: 'said hello', functionName: 'hello' })
  await expect(startHost({ appRoot, port: 0 })).rejects.toMatchObject({ code: 'second_host' })
  await Promise.all([host.stop(), host.stop()])
  await expect(fetch(`${host.url}/api/hello`)).rejects.toThrow('fetch failed')
})
