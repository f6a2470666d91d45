import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Io } from './io'
import { run } from './program'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function type(args: string, given: Partial<Io> = {}): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const io: Io = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    errIsTerminal: false,
    readStdin: async () => '',
    env: {},
    folder,
    ...given,
  }
  const status = await run(args === '' ? [] : args.split(' '), io, '1.2.3')
  return { status, out, err }
}

describe('help and version', () => {
  test.each([
    ['--help', 'Usage: mobile-plans'],
    ['', 'Usage: mobile-plans'],
    ['help', 'Usage: mobile-plans'],
    ['sims --help', 'Usage: mobile-plans sims'],
    ['sims import --help', '--skip-bad'],
    ['sims list --help', 'quarantine'],
    ['sims exclude --help', 'iccid'],
    ['orders --help', 'resolve'],
    ['orders list --help', '--parked'],
    ['orders show --help', '--reveal'],
    ['orders retry --help', '--note'],
    ['orders resolve --help', 'not-delivered'],
    ['stock --help', 'reconcile'],
    ['stock reconcile --help', '--fix'],
    ['--version', '1.2.3'],
  ])('"%s" is answered on standard output with status 0', async (args, part) => {
    const { status, out, err } = await type(args)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain(part)
  })
})

describe('a wrong command line ends with status 2 and says why', () => {
  test.each([
    ['nothing-like-this', "unknown command 'nothing-like-this'"],
    ['sims nothing', "unknown command 'nothing'"],
    ['sims', 'Usage: mobile-plans sims'],
    ['--loud', "unknown option '--loud'"],
    ['sims import', "missing required argument 'file'"],
    ['sims import a.csv b.csv', 'too many arguments'],
    ['sims list --state sold', 'Allowed choices are free, claimed, quarantine, unavailable'],
    ['sims list', 'name the profile type'],
    ['sims exclude 12', 'not 18 to 20 digits'],
    ['sims import missing.csv', 'missing.csv cannot be read'],
    ['orders', 'Usage: mobile-plans orders'],
    ['orders list --state lost', 'Allowed choices are placed, ready'],
    ['orders list --open --parked', 'cannot be used with'],
    ['orders show', "missing required argument 'order'"],
    ['orders resolve x --outcome maybe', 'Allowed choices are delivered, not-delivered'],
    ['orders cancel x --outcome delivered', "unknown option '--outcome'"],
    ['stock reconcile', 'name the profile type'],
  ])('%s', async (args, reason) => {
    const { status, out, err } = await type(args)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain(reason)
  })
})

describe('a command that cannot go on ends with status 1', () => {
  test('without a store it says how to get one', async () => {
    const { status, err } = await type('sims list --type A')
    expect(status).toBe(1)
    expect(err).toContain('npm start')
  })

  test('a store that does not answer', async () => {
    const settings = { Values: { ORDERS_STORAGE: 'TableEndpoint=http://127.0.0.1:9/a;AccountName=a;AccountKey=YQ==' } }
    writeFileSync(join(folder, 'local.settings.json'), JSON.stringify(settings))
    const { status, err } = await type('sims list --type A')
    expect(status).toBe(1)
    expect(err).toContain('npm start')
  })

  test('settings that are not JSON', async () => {
    writeFileSync(join(folder, 'local.settings.json'), '{')
    const { status, err } = await type('sims list --type A')
    expect(status).toBe(1)
    expect(err).toContain('local.settings.json cannot be read')
  })

  test('an operator.json with faults', async () => {
    writeFileSync(join(folder, 'operator.json'), '{}')
    const { status, err } = await type('sims list')
    expect(status).toBe(1)
    expect(err).toContain('operator.json has')
  })
})
