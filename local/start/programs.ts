import { join } from 'node:path'
import type { Operator } from '../../shared/domain/operator'
import type { Ports } from './addresses'
import { type Program, startProgram } from './program'
import { demoSimCards } from './seed'
import type { Urls } from './settings'

/** What the programs need to know. */
export interface ProgramsOptions {
  root: string
  folders: { state: string; logs: string }
  ports: Ports
  urls: Urls
  operator: Operator
  /** App settings. */
  settings: Record<string, string>
}

/** What runs, by what it is. */
export type Programs = Record<'app' | 'windows' | 'smdp' | 'standins', Program>

/** Starts the app, both simulators and the stand-ins, all at once. */
export function startPrograms(given: ProgramsOptions): Programs {
  const { root, folders, ports, urls, operator, settings } = given
  const script = (name: string) => join(root, '.local/build', `${name}.js`)
  const common = { onTrouble: (line: string) => console.error(line), isReady: (status: number) => status < 500 }
  const log = (name: string) => join(folders.logs, `${name}.log`)
  const app = startProgram({
    ...common,
    name: 'app',
    args: [script('host'), '--app-root', root, '--port', `${ports.app}`],
    env: settings,
    logFile: log('app'),
    readyUrl: `${urls.app}/health`,
    isReady: (status) => status === 200,
  })
  const windows = startProgram({
    ...common,
    name: 'Windows simulator',
    args: [script('windows'), '--port', `${ports.windows}`, '--portal-url', urls.app, '--smdp-url', urls.smdp].concat([
      '--provisioning-url',
      `${urls.standins}/provisioning`,
      '--smdp-host',
      operator.smdp.address,
      ...demoSimCards(operator)
        .slice(0, 1)
        .flatMap((iccid) => ['--card', iccid]),
    ]),
    logFile: log('windows'),
    readyUrl: `${urls.windows}/`,
  })
  const smdp = startProgram({
    ...common,
    name: 'SM-DP+ simulator',
    args: [script('smdp'), '--port', `${ports.smdp}`, '--address', operator.smdp.address]
      .concat(['--notice-url', urls.app])
      .concat(['--state', join(folders.state, 'smdp.json')]),
    logFile: log('smdp'),
    readyUrl: `${urls.smdp}/control/faults`,
  })
  const currency = operator.plans[0]?.price.currency ?? 'EUR'
  const standins = startProgram({
    ...common,
    name: 'stand-ins',
    args: [script('standins'), '--port', `${ports.standins}`, '--currency', currency].concat([
      '--state',
      join(folders.state, 'standins.json'),
    ]),
    logFile: log('standins'),
    readyUrl: `${urls.standins}/control/faults`,
  })
  return { app, windows, smdp, standins }
}
