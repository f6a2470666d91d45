import { HostError } from './errors'
import { type Constraint, routeConstraint } from './route-constraints'

interface Parameter {
  name: string
  constraints: Constraint[]
  optional: boolean
  catchAll: boolean
  defaultValue: string | undefined
}

/** A segment of a template: text and parameters in turn; most have a single part. */
type Segment = (string | Parameter)[]

/** A parsed route template. */
export interface RouteTemplate {
  text: string
  segments: Segment[]
}

/**
 * Parses an ASP.NET route template: `{name}`, `{name?}`, `{name=default}`, `{name:constraint}`, `{*rest}`, `file.{name}`.
 *
 * @throws {HostError} `route_invalid`
 * @see "Azure Functions HTTP trigger", section "Customize the HTTP endpoint"; "Routing in ASP.NET Core", section "Route templates"
 */
export function parseRoute(text: string): RouteTemplate {
  if (text.startsWith('/') || text.startsWith('~') || text.includes('?') !== /\?\}/.test(text)) {
    throw new HostError('route_invalid', `the route '${text}' must not begin with '/' or '~' nor hold '?'`)
  }
  const trimmed = text.replace(/\/$/, '')
  const segments = trimmed === '' ? [] : splitOutsideBraces(trimmed).map((segment) => parseSegment(segment, text))
  const names = segments.flat().flatMap((part) => (typeof part === 'string' ? [] : [part.name.toLowerCase()]))
  if (new Set(names).size < names.length)
    throw new HostError('route_invalid', `the route '${text}' names a parameter twice`)
  const misplaced = segments
    .slice(0, -1)
    .some((segment) => segment.some((part) => typeof part !== 'string' && part.catchAll))
  if (misplaced) throw new HostError('route_invalid', `the route '${text}' has a catch-all before its end`)
  return { text, segments }
}

/**
 * Matches a decoded path (without the leading slash) against a template.
 *
 * @returns the values of the parameters, or `undefined`; an optional parameter or catch-all that is absent has no value
 * @see `TemplateMatcher` of Microsoft.AspNetCore.Routing: literals ignore case, a trailing slash is ignored, an empty segment matches nothing
 */
export function matchRoute(template: RouteTemplate, path: string): Record<string, string> | undefined {
  const given = path.replace(/\/$/, '') === '' ? [] : path.replace(/\/$/, '').split('/')
  const values: Record<string, string> = {}
  for (const [index, segment] of template.segments.entries()) {
    const parameter = segment.length === 1 && typeof segment[0] === 'object' ? segment[0] : undefined
    if (parameter?.catchAll) {
      const rest = given.slice(index).join('/')
      return take(values, parameter, rest === '' ? undefined : rest) ? values : undefined
    }
    const text = given[index]
    if (text === undefined) {
      if (!parameter || !(parameter.optional || parameter.defaultValue !== undefined)) return undefined
      if (!take(values, parameter, undefined)) return undefined
    } else if (!matchSegment(segment, text, values)) return undefined
  }
  return given.length > template.segments.length ? undefined : values
}

function matchSegment(segment: Segment, text: string, values: Record<string, string>): boolean {
  if (text === '') return false
  const [only] = segment
  if (segment.length === 1 && typeof only === 'string') return only.toLowerCase() === text.toLowerCase()
  const parameters = segment.filter((part) => typeof part !== 'string')
  const source = segment.map((part) => (typeof part === 'string' ? quoted(part) : '(.+)')).join('')
  const match = new RegExp(`^${source}$`, 'is').exec(text)
  return match !== null && parameters.every((parameter, index) => take(values, parameter, match[index + 1]))
}

/** Stores a value when its constraints hold; an absent optional value is not checked. */
function take(values: Record<string, string>, parameter: Parameter, given: string | undefined): boolean {
  const value = given ?? parameter.defaultValue
  if (value === undefined) return parameter.optional || parameter.catchAll
  if (!parameter.constraints.every((fits) => fits(value))) return false
  values[parameter.name] = value
  return true
}

function parseSegment(text: string, route: string): Segment {
  if (text === '') throw new HostError('route_invalid', `the route '${route}' has an empty segment`)
  const parts: Segment = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('{', at)
    if (open !== at) parts.push(text.slice(at, open < 0 ? undefined : open))
    if (open < 0) break
    const close = closingBrace(text, open, route)
    parts.push(parseParameter(text.slice(open + 1, close), route))
    at = close + 1
  }
  if (parts.some((part) => typeof part === 'string' && part.includes('}'))) {
    throw new HostError('route_invalid', `the route '${route}' has an unmatched brace`)
  }
  return parts
}

function parseParameter(text: string, route: string): Parameter {
  const match = /^(\*{0,2})([^:=?*{}/]+)((?::(?:[^:=?(]+(?:\(.*?\)(?=[:=?]|$))?))*)(?:=(.*?))?(\?)?$/s.exec(text)
  if (!match?.[2]) throw new HostError('route_invalid', `the route '${route}' has a malformed parameter '{${text}}'`)
  const constraints = (match[3] ?? '').match(/:[^:(]+(?:\(.*?\)(?=:|$))?/gs) ?? []
  return {
    name: match[2],
    catchAll: match[1] !== '',
    optional: match[5] === '?',
    defaultValue: match[4],
    constraints: constraints.map((constraint) => routeConstraint(constraint.slice(1))),
  }
}

/** The brace that ends a parameter; doubled braces belong to a regular expression. */
function closingBrace(text: string, open: number, route: string): number {
  for (let at = open + 1; at < text.length; at++) {
    if ((text[at] === '}' || text[at] === '{') && text[at + 1] === text[at]) at++
    else if (text[at] === '}') return at
  }
  throw new HostError('route_invalid', `the route '${route}' has an unmatched brace`)
}

function splitOutsideBraces(text: string): string[] {
  return text.match(/(?:\{(?:\{\{|\}\}|[^{}])*\}|[^/])+|(?<=\/)(?=\/)|^(?=\/)/g) ?? []
}

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
