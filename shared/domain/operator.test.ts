import { describe, expect, test } from 'vitest'
import sample from '../../operator.json'
import { type Operator, parseOperator } from './operator'

/** The sample configuration with changes, as a fresh copy of plain JSON. */
function configuration(change: (json: Record<string, never>) => void = () => {}): unknown {
  const json = structuredClone(sample) as unknown as Record<string, never>
  change(json)
  return json
}

/** Sets the value at a path such as `plans.0.price.currency`; `undefined` removes it. */
function withValue(path: string, value: unknown): unknown {
  return configuration((json) => {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    let target: Record<string, unknown> = json
    for (const key of keys) target = target[key] as Record<string, unknown>
    if (value === undefined) delete target[last]
    else target[last] = value
  })
}

function operatorOf(json: unknown): Operator {
  const parsed = parseOperator(json)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.operator
}

function issuesOf(json: unknown) {
  const parsed = parseOperator(json)
  return parsed.ok ? [] : parsed.issues
}

describe('the operator.json of the repository', () => {
  test('is valid and has no warnings', () => {
    const parsed = parseOperator(sample)
    expect(parsed.ok ? parsed.warnings : parsed.issues).toEqual([])
  })

  test('has a plan for every way of delivery and both kinds', async () => {
    const { planDelivery } = await import('./plan')
    const { plans } = operatorOf(sample)
    expect(new Set(plans.map(planDelivery))).toEqual(new Set(['inline', 'delayed', 'asynchronous']))
    expect(new Set(plans.map(({ kind }) => kind))).toEqual(new Set(['payg', 'subscription']))
  })
})

test('what is left out gets its documented default', () => {
  const { smdp, fulfilment } = operatorOf(withValue('fulfilment', undefined))
  expect(smdp).toMatchObject({
    protocolVersion: '2.2.0',
    padIccid: true,
    callTimeoutSeconds: 30,
    orderByProfileTypeOnly: false,
  })
  expect(fulfilment).toEqual({
    releaseMarginMinutes: 5,
    downloadWindowDays: 30,
    quarantineMinutes: 10,
    evidenceMinutes: 1440,
    registrationWaitMinutes: 15,
    renewalLeadHours: 24,
    renewalRetryHours: 12,
    renewalGraceHours: 72,
  })
})

test('fractions of a minute are allowed where tests need them', () => {
  expect(operatorOf(withValue('fulfilment.releaseMarginMinutes', 0.05)).fulfilment.releaseMarginMinutes).toBe(0.05)
})

test('the public URL loses its final slash', () => {
  expect(operatorOf(withValue('portal.publicUrl', 'https://portal.example.net/')).portal.publicUrl).toBe(
    'https://portal.example.net',
  )
})

describe('a fault is reported with its place and what to do', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['brnad', {}, 'brnad', /did you mean "brand"/],
    ['plans.0.downloadafter', 5, 'plans[0].downloadafter', /did you mean "downloadAfter"/],
    ['smdp.banana', 5, 'smdp.banana', /remove it, or use one of address/],
    ['brand', undefined, 'brand', /"brand" is missing/],
    ['brand', 'x', 'brand', /must be an object/],
    ['plans.1.id', 'travel-2', 'plans', /ids must differ/],
    ['plans.1.id', 'Über', 'plans[1].id', /a–z/],
    ['plans.0.name', { de: 'Reise' }, 'plans[0].name', /add "en"/],
    ['legal.terms', { de: ['…'] }, 'legal.terms', /add "en"/],
    ['legal.terms', 'https://example.net/terms', 'legal.terms', /list of paragraphs/],
    ['plans.0.name', { english: 'Travel' }, 'plans[0].name.english', /language tag/],
    ['plans.0.price.currency', 'EUX', 'plans[0].price.currency', /ISO 4217/],
    ['plans.0.price.amountMinor', 5.9, 'plans[0].price.amountMinor', /999 for 9.99/],
    ['plans.0.duration', 'P1M', 'plans[0].duration', /P30D/],
    ['plans.0.duration', 'PT0S', 'plans[0].duration', /a minute or more/],
    ['plans.4.duration', 'PT1H', 'plans[4].duration', /billing interval/],
    ['plans.0.downloadAfter', 10_081, 'plans[0].downloadAfter', /at most 10080/],
    ['plans.0.registerAfter', 1.5, 'plans[0].registerAfter', /whole minutes/],
    ['plans.0.markets', ['*', 'DE'], 'plans[0].markets', /everywhere/],
    ['plans.0.markets', ['ES'], 'plans[0].markets', /not one of the operator's markets/],
    ['markets.0', 'UK', 'markets[0]', /GB/],
    ['markets.0', 'CH', 'markets', /twice/],
    ['defaultLanguage', 'fr', 'defaultLanguage', /add it there/],
    ['iccidRanges.0.to', '89999010009999999990', 'iccidRanges[0]', /same number of digits/],
    ['iccidRanges.0.to', '8999900000000000000', 'iccidRanges[0]', /swap/],
    ['iccidRanges.0.from', 8999901000000000000, 'iccidRanges[0].from', /quotation marks/],
    ['smdp.address', 'https://smdp.example.net', 'smdp.address', /host name only/],
    ['smdp.es2plusUrl', 'http://smdp.example.net', 'smdp.es2plusUrl', /https/],
    ['portal.publicUrl', 'https://portal.example.net:8443', 'portal.publicUrl', /no port/],
    ['portal.publicUrl', 'http://portal.example.net', 'portal.publicUrl', /https/],
    ['brand.colours.accent', 'teal', 'brand.colours.accent', /#0b5cad/],
    ['brand.logo', '../../etc/passwd.svg', 'brand.logo', /relative/],
    ['plans', [], 'plans', /at least one/],
  ])('%s = %j', (path, value, place, message) => {
    const issues = issuesOf(withValue(path, value))
    expect(issues.map((issue) => issue.path)).toContain(place)
    expect(issues.find((issue) => issue.path === place)?.message).toMatch(message)
  })

  test('overlapping ICCID ranges are named', () => {
    const range = { from: '8999901000500000000', to: '8999901001999999999' }
    expect(issuesOf(withValue('iccidRanges.1', range))).toEqual([
      { path: 'iccidRanges[1]', message: 'overlaps iccidRanges[0]: join them' },
    ])
  })

  test('every fault is reported at once', () => {
    expect(issuesOf({}).length).toBeGreaterThan(8)
  })

  test.each([[null], ['x'], [1], [undefined]])('%j is not a configuration', (json) => {
    expect(issuesOf(json)).toHaveLength(1)
  })
})

describe('warnings', () => {
  test.each([
    ['brand.colours.accent', '#88ccff'],
    ['brand.colours.accentDark', '#003344'],
  ])('poor contrast of %s', (path, value) => {
    const parsed = parseOperator(withValue(path, value))
    expect(parsed.ok && parsed.warnings.map((warning) => warning.path)).toEqual([path])
  })

  test.each<[object, string[]]>([
    [{ perCaller: { perSecond: 74, burst: 24 } }, ['perCaller.perSecond', 'perCaller.burst']],
    [{ perSim: { perSecond: 2, burst: 24 } }, ['perSim.perSecond', 'perSim.burst']],
    [{ perCaller: { perSecond: 75, burst: 25 }, perSim: { perSecond: 3, burst: 25 } }, []],
    [{ perCaller: { perSecond: 0, burst: 1 }, perSim: { perSecond: 0 } }, []],
  ])('limits below the documented load: %j', (operatorApi, paths) => {
    const parsed = parseOperator(withValue('operatorApi', operatorApi))
    const expected = paths.map((path) => ({ path: `operatorApi.${path}`, message: expect.stringMatching(/load test/) }))
    expect(parsed.ok && parsed.warnings).toEqual(expected)
  })

  test('a text missing in a language that is not the default', () => {
    const parsed = parseOperator(withValue('plans.0.name', { en: 'Travel' }))
    expect(parsed.ok && parsed.warnings).toEqual([
      { path: 'plans[0].name', message: 'has no text for de: the default language is shown' },
    ])
  })
})
