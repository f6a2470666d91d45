import { describe, expect, test } from 'vitest'
import { defaultOperatorApi } from '../domain/operator-api-defaults'
import { createLog } from '../platform/log'
import { createGate } from './gate'

const quiet = createLog({}, { info() {}, warn() {}, error() {} })
const iccid = (number: number) => `899990100000${String(number).padStart(7, '0')}`

/** A gate with the limits that hold where nothing is configured, at a clock of its own. */
function open() {
  const clock = { now: Date.parse('2026-03-01T12:00:00Z') }
  return { clock, gate: createGate(defaultOperatorApi, () => new Date(clock.now)) }
}

describe('by default', () => {
  const sims = Array.from({ length: 1_000 }, (_, at) => iccid(at))

  test.each<[string, number, (request: number) => string]>([
    ['three requests a second of 25 agents together', 3, (request) => sims[request % 1_000] ?? ''],
    ['three requests a second of each of 25 agents', 75, (request) => sims[(request * 7) % 1_000] ?? ''],
    ['all of it for one SIM, three a second', 3, () => sims[0] ?? ''],
  ])('%s pass for an hour, and the monitor with them', (_name, perSecond, simOf) => {
    const { gate, clock } = open()
    let turnedAway = 0
    const ask = (sim: string) => {
      if (!gate.enter('certificate:service', sim, quiet).ok) turnedAway += 1
    }
    for (let second = 0; second < 3_600; second += 1) {
      // At worst they come at once.
      for (let request = 0; request < perSecond; request += 1) ask(simOf(second * perSecond + request))
      if (second % 30 === 0) ask(iccid(5_000))
      clock.now += 1_000
    }
    expect(turnedAway).toBe(0)
  })

  test('25 agents that begin at once with the same SIM pass', () => {
    const { gate } = open()
    for (let agent = 0; agent < 25; agent += 1) expect(gate.enter('basic', sims[0] ?? '', quiet).ok).toBe(true)
  })

  test('what is no SIM has no limit of its own, and counts for its caller', () => {
    const { gate } = open()
    const passed = Array.from({ length: 2_000 }, () => gate.enter('basic', 'nobody', quiet).ok).filter(Boolean).length
    expect(passed).toBe(defaultOperatorApi.perCaller.burst)
  })
})
