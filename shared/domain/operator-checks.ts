/** Rules of `operator.json` that concern several fields at once, or a list too long for a pattern. */
import { contrastRatio } from './colour'
import { isCountryCode } from './countries'
import { parseDuration } from './duration'
import type { OperatorIssue } from './operator'
import type { Operator } from './operator-schema'

/** Faults that keep the app from starting. */
export function checkOperator(operator: Operator): OperatorIssue[] {
  return [
    ...checkLanguages(operator),
    ...checkTexts(operator),
    ...checkCountries(operator),
    ...checkPlans(operator),
    ...checkRanges(operator),
    ...checkGateways(operator),
  ]
}

/**
 * What the Mobile Plans service's load test may come to: three requests a second of each of its 25 agents, should they be meant each; all
 * agents at once; and, should it ask for one SIM more than its 1,000, three a second of that.
 */
const documentedLoad = { perCaller: { perSecond: 75, burst: 25 }, perSim: { perSecond: 3, burst: 25 } }

/** Faults that the app can live with: poor contrast of the brand's colours, texts missing in a language. */
export function warnAboutOperator(operator: Operator): OperatorIssue[] {
  const warnings: OperatorIssue[] = []
  const { accent, accentDark } = operator.brand.colours
  const onWhite = contrastRatio(accent, '#ffffff')
  if (onWhite < 4.5) {
    warnings.push({
      path: 'brand.colours.accent',
      message: `has a contrast of ${onWhite.toFixed(1)} to white: choose a darker colour (4.5 or more) so that everyone can read it`,
    })
  }
  const onDark = accentDark === undefined ? 21 : contrastRatio(accentDark, darkBackground)
  if (onDark < 4.5) {
    warnings.push({
      path: 'brand.colours.accentDark',
      message: `has a contrast of ${onDark.toFixed(1)} to the dark background: choose a lighter colour (4.5 or more)`,
    })
  }
  warnings.push(...lowLimits(operator))
  for (const { path, entries } of textsOf(operator)) {
    const absent = operator.languages.filter((tag) => !(tag in entries))
    if (absent.length > 0)
      warnings.push({ path, message: `has no text for ${absent.join(', ')}: the default language is shown` })
  }
  return warnings
}

function lowLimits({ operatorApi }: Operator): OperatorIssue[] {
  return (['perCaller', 'perSim'] as const).flatMap((limit) => {
    if (operatorApi[limit].perSecond === 0) return []
    const low = (['perSecond', 'burst'] as const).filter(
      (part) => operatorApi[limit][part] < documentedLoad[limit][part],
    )
    return low.map((part) => ({
      path: `operatorApi.${limit}.${part}`,
      message: `is lower than ${documentedLoad[limit][part]}: the load test of the Mobile Plans service may be turned away`,
    }))
  })
}

/** Surface of the portal's cards in dark mode, against which `accentDark` must be legible. */
export const darkBackground = '#212329'

function textsOf(operator: Operator): { path: string; entries: Readonly<Record<string, unknown>> }[] {
  const texts: { path: string; entries: Readonly<Record<string, unknown>> }[] = operator.plans.flatMap(
    (plan, index) => [
      { path: `plans[${index}].name`, entries: plan.name },
      { path: `plans[${index}].description`, entries: plan.description },
    ],
  )
  texts.push({ path: 'support.hours', entries: operator.support.hours })
  texts.push({ path: 'legal.terms', entries: operator.legal.terms })
  texts.push({ path: 'legal.privacy', entries: operator.legal.privacy })
  for (const [index, { bodyText, buttonText }] of operator.gateways.templates.entries()) {
    if (bodyText) texts.push({ path: `gateways.templates[${index}].bodyText`, entries: bodyText })
    if (buttonText) texts.push({ path: `gateways.templates[${index}].buttonText`, entries: buttonText })
  }
  if (operator.legal.withdrawal) texts.push({ path: 'legal.withdrawal', entries: operator.legal.withdrawal })
  return texts
}

function checkLanguages({ languages, defaultLanguage }: Operator): OperatorIssue[] {
  const issues = repeated(languages).map((tag) => ({ path: 'languages', message: `names "${tag}" twice: remove one` }))
  if (!languages.includes(defaultLanguage)) {
    issues.push({ path: 'defaultLanguage', message: `"${defaultLanguage}" is not in languages: add it there` })
  }
  return issues
}

function checkTexts(operator: Operator): OperatorIssue[] {
  return textsOf(operator)
    .filter(({ entries }) => !(operator.defaultLanguage in entries))
    .map(({ path }) => ({ path, message: `has no text in the default language: add "${operator.defaultLanguage}"` }))
}

function checkCountries(operator: Operator): OperatorIssue[] {
  const issues: OperatorIssue[] = []
  const unknown = (path: string, codes: readonly string[]) => {
    for (const [index, code] of codes.entries()) {
      if (code !== '*' && !isCountryCode(code)) {
        issues.push({
          path: `${path}[${index}]`,
          message: `"${code}" is not an ISO 3166-1 country code (the United Kingdom is GB)`,
        })
      }
    }
  }
  unknown('markets', operator.markets)
  for (const tag of repeated(operator.markets))
    issues.push({ path: 'markets', message: `names "${tag}" twice: remove one` })
  for (const [index, { markets }] of operator.plans.entries()) {
    const path = `plans[${index}].markets`
    unknown(path, markets)
    if (markets.includes('*') && markets.length > 1)
      issues.push({ path, message: '"*" means everywhere: leave it alone or remove it' })
    for (const code of markets) {
      if (code !== '*' && isCountryCode(code) && !operator.markets.includes(code)) {
        issues.push({
          path,
          message: `"${code}" is not one of the operator's markets: add it to markets, or remove it here`,
        })
      }
    }
  }
  return issues
}

function checkPlans({ plans }: Operator): OperatorIssue[] {
  const currencies = new Set(Intl.supportedValuesOf('currency'))
  const issues = repeated(plans.map(({ id }) => id)).map((id) => ({
    path: 'plans',
    message: `two plans have the id "${id}": ids must differ`,
  }))
  for (const [index, plan] of plans.entries()) {
    const path = `plans[${index}]`
    if (!currencies.has(plan.price.currency)) {
      issues.push({ path: `${path}.price.currency`, message: `"${plan.price.currency}" is not an ISO 4217 currency` })
    }
    const duration = parseDuration(plan.duration)
    if (duration === undefined || duration < 60_000) {
      issues.push({
        path: `${path}.duration`,
        message:
          'write an ISO 8601 duration of a minute or more in weeks, days, hours and minutes, such as "P30D" (no months or years)',
      })
    } else if (plan.kind === 'subscription' && duration < 86_400_000) {
      issues.push({
        path: `${path}.duration`,
        message: 'is the billing interval of a subscription: a day ("P1D") or more',
      })
    }
  }
  return issues
}

function checkRanges({ iccidRanges }: Operator): OperatorIssue[] {
  const issues: OperatorIssue[] = []
  for (const [index, { from, to }] of iccidRanges.entries()) {
    const path = `iccidRanges[${index}]`
    if (from.length !== to.length) issues.push({ path, message: 'from and to must have the same number of digits' })
    else if (from > to) issues.push({ path, message: 'from is greater than to: swap them' })
    const earlier = iccidRanges.findIndex(
      (other, at) => at < index && other.from.length === from.length && other.from <= to && from <= other.to,
    )
    if (earlier >= 0) issues.push({ path, message: `overlaps iccidRanges[${earlier}]: join them` })
  }
  return issues
}

function checkGateways({ gateways, notifications }: Operator): OperatorIssue[] {
  const ids = gateways.templates.map(({ id }) => id)
  const issues = repeated(ids).map((id) => ({
    path: 'gateways.templates',
    message: `two templates have the id "${id}": ids must differ`,
  }))
  if (ids.length > 0 && !ids.includes('0')) {
    issues.push({
      path: 'gateways.templates',
      message: 'no template has the id "0", which the app shows wherever it does not ask: give one that id',
    })
  }
  for (const id of repeated(notifications.map((it) => String(it.id)))) {
    issues.push({ path: 'notifications', message: `two notifications have the id ${id}: ids must differ` })
  }
  for (const [index, { gateway }] of gateways.offers.entries()) {
    // Without any template there is the standard page, "0".
    if (!(ids.length === 0 ? ['0'] : ids).includes(gateway)) {
      issues.push({ path: `gateways.offers[${index}].gateway`, message: `there is no template "${gateway}": add it` })
    }
  }
  return issues
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
