import { HostError } from './errors'

/** Whether the text of a path segment fits. */
export type Constraint = (text: string) => boolean

const number = (text: string) => (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN)
const integer = (text: string) => (/^\s*[+-]?\d+\s*$/.test(text) ? BigInt(text.trim().replace(/^\+/, '')) : undefined)
const within = (text: string, bits: bigint) => {
  const value = integer(text)
  return value !== undefined && value >= -(2n ** (bits - 1n)) && value < 2n ** (bits - 1n)
}
const isNumber = (text: string) => !Number.isNaN(number(text))

const simple: Record<string, Constraint> = {
  int: (text) => within(text, 32n),
  long: (text) => within(text, 64n),
  bool: (text) => /^(?:true|false)$/i.test(text.trim()),
  guid: (text) =>
    /^(?:[\da-f]{32}|\{[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}|\(?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\)?)$/i.test(
      text,
    ),
  alpha: (text) => /^[a-z]*$/i.test(text),
  decimal: isNumber,
  double: isNumber,
  float: isNumber,
  datetime: (text) => !Number.isNaN(Date.parse(text)),
  required: (text) => text.length > 0,
}

const withArgument: Record<string, (argument: string) => Constraint> = {
  minlength: (least) => (text) => text.length >= Number(least),
  maxlength: (most) => (text) => text.length <= Number(most),
  length: (bounds) => {
    const [least, most = least] = bounds.split(',').map(Number)
    return (text) => text.length >= (least ?? 0) && text.length <= (most ?? 0)
  },
  min: (least) => (text) => within(text, 64n) && Number(text) >= Number(least),
  max: (most) => (text) => within(text, 64n) && Number(text) <= Number(most),
  range: (bounds) => {
    const [least, most] = bounds.split(',').map(Number)
    return (text) => within(text, 64n) && Number(text) >= (least ?? 0) && Number(text) <= (most ?? 0)
  },
  regex: (source) => {
    const expression = new RegExp(source.replaceAll('{{', '{').replaceAll('}}', '}').replaceAll('\\\\', '\\'), 'i')
    return (text) => expression.test(text)
  },
}

/**
 * A constraint of a route parameter, such as `int` or `length(4,9)`.
 *
 * @throws {HostError} `route_invalid` for a name that ASP.NET does not know
 * @see "Routing in ASP.NET Core", section "Route constraints"
 */
export function routeConstraint(text: string): Constraint {
  const match = /^(\w+)(?:\((.*)\))?$/s.exec(text)
  const name = match?.[1]?.toLowerCase() ?? ''
  const constraint = match?.[2] === undefined ? simple[name] : withArgument[name]?.(match[2])
  if (!constraint) throw new HostError('route_invalid', `the route constraint '${text}' is not known`)
  return constraint
}
