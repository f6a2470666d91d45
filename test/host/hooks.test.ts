import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundledApp, cleanUp, plainApp, type RunningHost, runHost } from './fixture'

let host: RunningHost

beforeAll(async () => {
  host = await runHost(
    await bundledApp(`
      import { app } from '@azure/functions'
      const seen: string[] = []
      app.hook.appStart((context) => { seen.push('appStart'); context.hookData.started = true })
      app.hook.appTerminate((context) => { console.log('terminated after start: ' + context.hookData.started) })
      app.hook.preInvocation((context) => {
        seen.push('pre ' + context.invocationContext.functionName)
        context.hookData.from = 'pre'
        if (context.invocationContext.functionName === 'replaced') context.functionHandler = () => ({ body: 'replacement' })
      })
      app.hook.postInvocation((context) => {
        seen.push('post ' + context.hookData.from + ' ' + String(context.error))
        if (context.invocationContext.functionName === 'rescued') { context.error = null; context.result = { body: 'rescued' } }
      })
      app.hook.log((context) => {
        if (context.category !== 'user') { context.message = 'forged'; return }
        context.message = context.message.replace(/\\d{6,}/g, 'masked by ' + context.invocationContext?.functionName)
        if (context.message.includes('raise')) context.level = 'critical'
        if (context.message.includes('explode')) throw new Error('a hook that throws')
      })
      app.get('seen', () => ({ jsonBody: seen.splice(0) }))
      app.get('replaced', () => ({ body: 'original' }))
      app.get('rescued', () => { throw new Error('lost') })
      app.get('logs', (_, context) => {
        context.trace('a trace'); context.debug('a debug'); context.log('an iccid', 8988303000000123456n); context.info('raise this')
        context.warn('a warning %s', 'formatted'); context.error('explode')
        return { jsonBody: { id: context.invocationId, trace: context.traceContext } }
      })
      app.get('late', (_, context) => { setTimeout(() => context.log('after the end'), 5); return {} })
    `),
  )
})
afterAll(cleanUp)

const get = async (path: string, init?: RequestInit) => (await fetch(`${host.url}/api/${path}`, init)).text()

describe('hooks', () => {
  test('appStart, preInvocation and postInvocation run in order and share their data', async () => {
    expect(JSON.parse(await get('seen'))).toEqual(['appStart', 'pre seen'])
    expect(await get('replaced')).toBe('replacement')
    expect(JSON.parse(await get('seen'))).toEqual(['post pre null', 'pre replaced', 'post pre null', 'pre seen'])
  })

  test('postInvocation may replace an error by a result', async () => {
    expect(await get('rescued')).toBe('rescued')
  })

  test('log hooks see and rewrite lines of the app, each tied to its invocation', async () => {
    const { id } = JSON.parse(await get('logs')) as { id: string }
    await host.logged((entry) => entry.message === 'explode')
    const own = host.log.filter((entry) => entry.invocationId === id && entry.category === 'user')
    expect(own.map((entry) => [entry.level, entry.message, entry.functionName])).toEqual([
      ['information', 'an iccid masked by logsn', 'logs'],
      ['critical', 'raise this', 'logs'],
      ['warning', 'a warning formatted', 'logs'],
      ['error', 'explode', 'logs'],
    ])
  })

  test('a line written after the end of its invocation brings a warning, and a log hook cannot rewrite a system line', async () => {
    await get('late')
    await host.logged((entry) => entry.level === 'warning' && entry.message.includes('Unexpected call to'))
  })

  test('a trace context of the caller is continued, otherwise begun', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const given = await get('logs', { headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` } })
    expect(given).toMatch(new RegExp(`"traceParent":"00-${trace}-[0-9a-f]{16}-01"`))
    expect(await get('logs')).toMatch(/"traceParent":"00-[0-9a-f]{32}-[0-9a-f]{16}-00"/)
  })

  test('levels of host.json decide what is shown', async () => {
    const quiet = await runHost(
      plainApp({
        'host.json': '{"version":"2.0","logging":{"logLevel":{"default":"Warning","Function.chatty.User":"Debug"}}}',
        'dist/main.js': `import { app } from '@azure/functions'
          for (const name of ['chatty', 'other']) app.get(name, (_, context) => { context.debug('debug'); context.warn('warn'); return {} })`,
      }),
    )
    await fetch(`${quiet.url}/api/chatty`)
    await fetch(`${quiet.url}/api/other`)
    await quiet.logged((entry) => entry.functionName === 'other')
    expect(quiet.log.map((entry) => `${entry.functionName} ${entry.message}`)).toEqual([
      'chatty debug',
      'chatty warn',
      'other warn',
    ])
  })
})

describe('stopping', () => {
  test('appTerminate hooks run and the process ends with 0', async () => {
    expect(await host.stop()).toBe(0)
    expect(host.lines).toContain('terminated after start: true')
  })

  test('a running invocation ends first, and its answer arrives', async () => {
    const slow = await runHost(
      plainApp({
        'dist/main.js': `import { app } from '@azure/functions'
          app.get('slow', async (_, context) => { context.log('begun'); await new Promise((done) => setTimeout(done, 300)); return { body: 'done' } })`,
      }),
    )
    const answer = fetch(`${slow.url}/api/slow`).then((it) => it.text())
    await slow.logged((entry) => entry.message === 'begun')
    expect(await slow.stop()).toBe(0)
    expect(await answer).toBe('done')
  })
})
