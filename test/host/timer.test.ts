import { afterAll, describe, expect, test } from 'vitest'
import { bundledApp, cleanUp, plainApp, type RunningHost, runHost } from './fixture'

afterAll(cleanUp)

const timerApp = (
  schedule: string,
  more = '',
  handler = `(timer, context) => context.log('ran ' + JSON.stringify(timer))`,
) =>
  `import { app } from '@azure/functions'; app.timer('tick', { schedule: '${schedule}', ${more} handler: ${handler} })`

const trigger = (host: RunningHost, name: string, body: string | undefined = '{}', type = 'application/json') =>
  fetch(`${host.url}/admin/functions/${name}`, { method: 'POST', headers: { 'content-type': type }, body })

const never = '0 0 0 29 2 *'

describe('timers', () => {
  test('runs each second when due, and keeps no status for so short a period', async () => {
    const host = await runHost(await bundledApp(timerApp('* * * * * *')))
    const entry = await host.logged((it) => it.message.startsWith('ran '))
    expect(JSON.parse(entry.message.slice(4))).toEqual({
      schedule: { adjustForDST: true },
      scheduleStatus: null,
      isPastDue: false,
    })
    await host.stop()
  })

  test('runOnStartup runs at once with the status of the schedule', async () => {
    const host = await runHost(plainApp({ 'dist/main.js': timerApp(never, 'runOnStartup: true,') }))
    const entry = await host.logged((it) => it.message.startsWith('ran '))
    expect(JSON.parse(entry.message.slice(4))).toEqual({
      schedule: { adjustForDST: true },
      scheduleStatus: {
        last: '0001-01-01T00:00:00+00:00',
        next: expect.stringMatching(/^\d{4}-02-29T00:00:00\.000\+00:00$/),
        lastUpdated: expect.stringMatching(/\+00:00$/),
      },
      isPastDue: false,
    })
  })

  test('the schedule may be an app setting', async () => {
    const host = await runHost(plainApp({ 'dist/main.js': timerApp('%SCHEDULE%') }), { SCHEDULE: '*/1 * * * * *' })
    await host.logged((it) => it.message.startsWith('ran '))
  })

  test.each([
    ['61 * * * * *', /second '61' is out of range/],
    ['%MISSING%', /'%MISSING%' does not resolve to a value/],
  ])('with schedule %s the function is in error and the host runs', async (schedule, message) => {
    const host = await runHost(plainApp({ 'dist/main.js': timerApp(schedule) }))
    const entry = await host.logged((it) => it.message.includes("'tick' function is in error"))
    expect(entry.message).toMatch(message)
  })

  test('started by hand it runs, one run after the other', async () => {
    const handler = `async (_, context) => {
      globalThis.running = (globalThis.running ?? 0) + 1
      context.log('running: ' + globalThis.running)
      await new Promise((done) => setTimeout(done, 30))
      globalThis.running -= 1
    }`
    const host = await runHost(plainApp({ 'dist/main.js': timerApp(never, '', handler) }))
    expect((await Promise.all([trigger(host, 'tick'), trigger(host, 'TICK')])).map(({ status }) => status)).toEqual([
      202, 202,
    ])
    const ended = () => host.log.filter((it) => it.message.includes('(Succeeded')).length
    await host.logged(() => ended() === 2)
    expect(host.log.filter((it) => it.category === 'user').map((it) => it.message)).toEqual([
      'running: 1',
      'running: 1',
    ])
  })
})

describe('admin', () => {
  test('refuses what it cannot do', async () => {
    const host = await runHost(plainApp({ 'dist/main.js': `${timerApp(never)}; app.get('web', () => ({}))` }))
    const statuses = await Promise.all([
      trigger(host, 'absent'),
      trigger(host, 'web'),
      trigger(host, 'tick', 'not json'),
      trigger(host, 'tick', '{}', 'text/plain'),
      fetch(`${host.url}/admin/other`),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([404, 400, 400, 415, 404])
    expect(await (await fetch(`${host.url}/admin/host/status`)).json()).toMatchObject({ state: 'Running' })
    expect(await (await fetch(`${host.url}/admin/functions`)).json()).toMatchObject([{ name: 'tick' }, { name: 'web' }])
  })

  test('functions of other triggers are named as not served', async () => {
    const host = await runHost(
      plainApp({
        'dist/main.js': `import { app } from '@azure/functions'
          app.storageBlob('blob', { connection: 'BLOBS', path: 'wakes', handler() {} })
          app.generic('odd', { trigger: { type: 'oddTrigger', name: 'odd' }, handler() {} })`,
      }),
    )
    expect(host.lines.join('\n')).toMatch(/blob: .*not served locally: trigger type blobTrigger/)
    expect(host.lines.join('\n')).toMatch(/odd: .*not served locally: trigger type oddTrigger/)
  })
})
