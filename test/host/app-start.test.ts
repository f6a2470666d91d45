/** What the built app does by itself once it is loaded, before anything calls it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, '../../dist/main.js')

/** Loads the app and lets it come to rest. */
function start(environment: Record<string, string>) {
  const script = `console.warn = () => {}
    const loaded = () => process.moduleLoadList.includes('NativeModule https')
    await import(${JSON.stringify(main)})
    const atOnce = loaded()
    process.on('exit', () => console.log(atOnce, loaded()))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...environment },
  })
  return { status, stdout: stdout.trim(), stderr }
}

test.each([
  ['Azure Tables', { ORDERS_STORAGE: 'UseDevelopmentStorage=true' }],
  ['Cosmos DB', { COSMOS_ENDPOINT: 'https://orders.documents.azure.com/', IDENTITY_ENDPOINT: 'http://127.0.0.1:9/' }],
])('the client of %s is loaded after the start, not by it', (_, settings) => {
  for (const APP_ROLE of ['api', 'portal'])
    expect(start({ ...settings, APP_ROLE })).toEqual({ status: 0, stdout: 'false true', stderr: '' })
})

test('an app whose settings are missing starts all the same: it is its calls that tell', () => {
  expect(start({ APP_ROLE: 'api' })).toEqual({ status: 0, stdout: 'false false', stderr: '' })
})
