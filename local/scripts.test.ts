import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findChromium } from './chromium.mjs'
import { judge } from './run-tests.mjs'
import { parseOptions } from './start.mjs'

describe('options of npm start', () => {
  test.each([
    [[], { reset: false, help: false }],
    [['--port', '8071'], { reset: false, help: false, port: 8071 }],
    [['--port=8071', '--reset'], { reset: true, help: false, port: 8071 }],
    [['--help'], { reset: false, help: true }],
    [['--engine', 'cloud'], { reset: false, help: false, engine: 'cloud' }],
    [['--engine=azurite'], { reset: false, help: false, engine: 'azurite' }],
  ])('%j', (args, options) => {
    expect(parseOptions(args)).toEqual(options)
  })

  test.each([
    ['--port'],
    ['--port', 'x'],
    ['--port=80'],
    ['--port', '65515'],
    ['--engine', 'tables'],
    ['--resett'],
    ['--reset=1'],
    ['more'],
  ])('%s %s is a wrong command line', (...args) => {
    expect(parseOptions(args.filter((arg) => arg !== undefined))).toHaveProperty('problem')
  })

  test('a wrong one ends with status 2 before anything is installed or started', () => {
    const run = spawnSync(process.execPath, [join(import.meta.dirname, 'start.mjs'), '--loud'], { encoding: 'utf8' })
    expect({ status: run.status, out: run.stdout }).toEqual({ status: 2, out: '' })
    expect(run.stderr).toContain('unknown option: --loud')
    expect(run.stderr).toContain('--port N')
  })
})

describe('the verdict on a test run', () => {
  const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }

  test('all good', () => {
    expect(judge(report, 0, true)).toEqual({ passed: 5, failed: 0, status: 0, notes: [] })
  })

  test.each([
    ['a test failed', { ...report, numFailedTests: 2 }, 1, { passed: 5, failed: 2, status: 1 }],
    [
      'a file broke before its first test',
      { ...report, testResults: [{ status: 'failed', assertionResults: [] }] },
      1,
      { failed: 1, status: 1 },
    ],
    ['a test was skipped', { ...report, numPendingTests: 1 }, 0, { failed: 1, status: 1 }],
    ['no test ran', { ...report, numPassedTests: 0 }, 0, { passed: 0, failed: 1, status: 1 }],
    ['vitest failed although all tests passed', report, 1, { passed: 5, failed: 1, status: 1 }],
    ['vitest wrote no report', undefined, 134, { passed: 0, failed: 1, status: 134 }],
  ])('%s', (_, given, status, verdict) => {
    expect(judge(given, status, true)).toMatchObject(verdict)
  })

  test('who asks for some tests only may leave others out', () => {
    expect(judge({ ...report, numPendingTests: 3 }, 0, false)).toMatchObject({ passed: 5, failed: 0, status: 0 })
  })
})

describe('finding Chromium', () => {
  test.each([
    ['linux', { PATH: '/opt/bin:/usr/bin' }, '/usr/bin/google-chrome'],
    ['darwin', {}, '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
    ['linux', { CHROMIUM_PATH: '/my/chrome' }, '/my/chrome'],
  ])('on %s with %j', (platform, env, path) => {
    expect(findChromium({ platform, env, exists: (candidate) => candidate === path })).toBe(path)
  })

  test('a CHROMIUM_PATH that names nothing is not passed over', () => {
    expect(() => findChromium({ env: { CHROMIUM_PATH: '/none' }, exists: () => false })).toThrow('/none')
  })

  test('there may be none', () => {
    expect(findChromium({ env: { PLAYWRIGHT_BROWSERS_PATH: '/none' }, exists: () => false })).toBeUndefined()
  })
})
