import { afterAll, describe, expect, test } from 'vitest'
import { bundledApp, cleanUp, plainApp, runBlockedHost, runHost } from './fixture'

const hello = (name: string) =>
  `import { app } from '@azure/functions'; app.http('${name}', { handler: () => ({ body: '${name}' }) })`

afterAll(cleanUp)

describe('an app is loaded as the Node worker loads it', () => {
  test('an ES module bundle that carries @azure/functions registers through createRequire', async () => {
    const host = await runHost(await bundledApp(hello('bundled')))
    expect(await (await fetch(`${host.url}/api/bundled`)).text()).toBe('bundled')
    expect(await host.stop()).toBe(0)
  })

  test('a glob in main loads all matches, outer folder first, ES module and CommonJS by extension and package type', async () => {
    const host = await runHost(
      plainApp({
        'package.json': JSON.stringify({ type: 'module', main: 'dist/{index,functions/*}.{js,cjs,mjs}' }),
        'dist/functions/a.js': `globalThis.order.push('a'); ${hello('second')}`,
        'dist/functions/b.cjs': `globalThis.order.push('b'); require('@azure/functions').app.get('third', () => ({ jsonBody: globalThis.order }))`,
        'dist/index.mjs': `globalThis.order = ['index']`,
        'dist/functions/deep/ignored.js': `globalThis.order.push('ignored')`,
      }),
    )
    expect(await (await fetch(`${host.url}/api/third`)).json()).toEqual(['index', 'a', 'b'])
    expect((await fetch(`${host.url}/api/second`)).status).toBe(200)
  })

  test('top-level await is awaited before registration ends', async () => {
    const source = `await new Promise((done) => setTimeout(done, 20)); ${hello('late')}`
    const host = await runHost(plainApp({ 'dist/main.js': source.replace(/(.*)(import .*?;)(.*)/s, '$2$1$3') }))
    expect((await fetch(`${host.url}/api/late`)).status).toBe(200)
  })

  test.each([
    [
      'an exception at import',
      { 'dist/main.js': `throw new Error('setting FOO is not set')` },
      /app_blocked.*dist\/main\.js.*setting FOO is not set/,
    ],
    ['no file for main', {}, /app_blocked.*dist\/main\.js.*File does not exist/],
    [
      'no match for a glob',
      { 'package.json': '{"main":"dist/*.js"}' },
      /Found zero files matching the supplied pattern/,
    ],
    ['no main', { 'package.json': '{}' }, /main_missing/],
    [
      'a duplicate function name',
      { 'dist/main.js': `${hello('twice')}; app.timer('twice', { schedule: '0 0 0 * * *', handler() {} })` },
      /"twice" has already been registered/,
    ],
    [
      'an appStart hook that throws',
      { 'dist/main.js': `${hello('a')}; app.hook.appStart(() => { throw new Error('not today') })` },
      /app_blocked.*not today/,
    ],
    [
      'HTTP streaming',
      { 'dist/main.js': `${hello('a')}; app.setup({ enableHttpStream: true })` },
      /http_stream_unsupported/,
    ],
    [
      'host.json that is not JSON',
      { 'dist/main.js': hello('a'), 'host.json': '{"version": ' },
      /host_json_invalid: host\.json is not JSON/,
    ],
    [
      'host.json of another version',
      { 'dist/main.js': hello('a'), 'host.json': '{"version":"4.0"}' },
      /host_json_invalid.*'version' must be '2\.0'/,
    ],
    [
      'a malformed interval',
      { 'dist/main.js': hello('a'), 'host.json': '{"version":"2.0","functionTimeout":"5 min"}' },
      /host_json_invalid.*functionTimeout/,
    ],
    [
      'a batch above 32',
      { 'dist/main.js': hello('a'), 'host.json': '{"version":"2.0","extensions":{"queues":{"batchSize":33}}}' },
      /host_json_invalid.*extensions\.queues\.batchSize/,
    ],
    [
      'encrypted settings',
      { 'dist/main.js': hello('a'), 'local.settings.json': '{"IsEncrypted":true}' },
      /local_settings_invalid.*encrypted/,
    ],
  ])('%s blocks the app with a clear message and exit code 1', async (_, files, message) => {
    const { code, stderr } = await runBlockedHost(plainApp(files as Record<string, string>))
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) })
  })

  test('wrong arguments end with 2, a taken port with 1', async () => {
    const root = plainApp({ 'dist/main.js': hello('a') })
    expect((await runBlockedHost(root, ['--nonsense'])).code).toBe(2)
    const host = await runHost(root)
    const second = await runBlockedHost(root, ['--port', new URL(host.url).port])
    expect(second).toEqual({ code: 1, stderr: expect.stringContaining('port_unavailable') })
  })

  test('registering or setting up after start-up throws', async () => {
    const host = await runHost(
      plainApp({
        'dist/main.js': `
          import { app } from '@azure/functions'
          const attempt = (act) => { try { act(); return 'allowed' } catch (error) { return error.message } }
          app.get('late', () => ({ jsonBody: [
            attempt(() => app.get('other', () => ({}))),
            attempt(() => app.setup({ enableHttpStream: true })),
          ] }))`,
      }),
    )
    expect(await (await fetch(`${host.url}/api/late`)).json()).toEqual([
      'A function can only be registered during app startup.',
      "Setup options can't be changed after app startup has finished.",
    ])
  })

  test('an app without functions runs and says so', async () => {
    const host = await runHost(plainApp({ 'dist/main.js': '' }))
    await host.logged((entry) => entry.message.includes('No job functions found'))
  })

  test('an error outside of any invocation kills the process, as it kills the worker', async () => {
    const source = `import { app } from '@azure/functions'; app.get('a', () => ({})); setTimeout(() => { throw new Error('nobody awaits me') }, 50)`
    const { code, stderr } = await runBlockedHost(plainApp({ 'dist/main.js': source }))
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('nobody awaits me') })
  })
})

describe('settings', () => {
  const settings = {
    'dist/main.js': `
      import { app } from '@azure/functions'
      const names = ['FROM_FILE', 'FROM_BOTH', 'NUMBER', 'FUNCTIONS_WORKER_RUNTIME', 'AZURE_FUNCTIONS_ENVIRONMENT', 'AzureWebJobsScriptRoot']
      app.get('settings', () => ({ jsonBody: { cwd: process.cwd(), ...Object.fromEntries(names.map((name) => [name, process.env[name]])) } }))`,
    'local.settings.json': `{
      // comments are allowed here
      "IsEncrypted": false,
      "Values": { "FROM_FILE": "file", "FROM_BOTH": "file", "NUMBER": 7 }
    }`,
  }

  test('come from local.settings.json unless the process already has them; the app runs in its root', async () => {
    const root = plainApp(settings)
    const host = await runHost(root, { FROM_BOTH: 'process' })
    expect(await (await fetch(`${host.url}/api/settings`)).json()).toEqual({
      cwd: root,
      FROM_FILE: 'file',
      FROM_BOTH: 'process',
      NUMBER: '7',
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      AzureWebJobsScriptRoot: root,
    })
  })

  test('AzureWebJobs.NAME.Disabled takes a function out of service', async () => {
    const host = await runHost(plainApp(settings), { 'AzureWebJobs.settings.Disabled': 'true' })
    expect((await fetch(`${host.url}/api/settings`)).status).toBe(404)
    expect(host.lines.join('\n')).toContain('disabled by an app setting')
  })
})
