import type { RegisteredFunction } from './core-types'
import { HostError, messageOf } from './errors'
import { matchRoute, parseRoute, type RouteTemplate } from './routes'

/** An HTTP function and where it answers. */
export interface HttpRoute {
  name: string
  registered: RegisteredFunction
  /** Upper case; a request with another method looks on for another route. */
  methods: string[]
  /** Template below the prefix. */
  route: string
  template: RouteTemplate
}

/** Functions that cannot be served and why; the others run. */
export type FunctionErrors = Map<string, string>

/**
 * The order in which the real host tries routes: alphabetically by **function name**, whatever the templates say.
 *
 * @see Azure/azure-functions-host `FunctionMetadataManager.cs` (sorts by name) and `WebScriptHostHttpRoutesManager.cs` (maps in that order)
 */
export function byFunctionName(a: { name: string }, b: { name: string }): number {
  const [left, right] = [a.name.toUpperCase(), b.name.toUpperCase()]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Builds the table; a function whose route is malformed, reserved or taken is put into `errors`. */
export function buildRoutes(
  functions: readonly RegisteredFunction[],
  prefix: string,
  errors: FunctionErrors,
): HttpRoute[] {
  const routes: HttpRoute[] = []
  for (const registered of functions.filter(({ trigger }) => isHttp(trigger.type))) {
    try {
      routes.push(toRoute(registered, prefix, routes))
    } catch (thrown) {
      errors.set(registered.metadata.name, messageOf(thrown))
    }
  }
  return routes.sort(byFunctionName)
}

/** The first route that fits path and method, with the values of its parameters. */
export function findRoute(
  routes: readonly HttpRoute[],
  method: string,
  path: string,
): { route: HttpRoute; params: Record<string, string> } | undefined {
  for (const route of routes) {
    if (!route.methods.includes(method)) continue
    const params = matchRoute(route.template, path.replace(/^\//, ''))
    if (params) return { route, params }
  }
  return undefined
}

/**
 * Routes that another one, tried earlier because of its function's name, keeps from being reached.
 *
 * @returns pairs of function names: the one that is shadowed and the one that answers instead
 */
export function findShadowed(routes: readonly HttpRoute[]): { shadowed: string; by: string }[] {
  return routes.flatMap((route) => {
    const literal = route.template.segments.map((segment) =>
      segment.map((part) => (typeof part === 'string' ? part : 'x')).join(''),
    )
    const sample = route.template.segments
      .flat()
      .some((part) => typeof part !== 'string' && part.constraints.length > 0)
    const method = route.methods[0]
    if (sample || method === undefined) return []
    const found = findRoute(routes, method, literal.join('/'))
    return found && found.route !== route ? [{ shadowed: route.name, by: found.route.name }] : []
  })
}

function toRoute(registered: RegisteredFunction, prefix: string, taken: readonly HttpRoute[]): HttpRoute {
  const { trigger, metadata } = registered
  const given = typeof trigger.route === 'string' && trigger.route.trim() !== '' ? trigger.route : metadata.name
  const route = given.replace(/\/$/, '')
  if (/^\/*(?:admin|runtime)/i.test(route)) {
    throw new HostError('route_invalid', 'The specified route conflicts with one or more built in routes.')
  }
  const named: unknown[] = Array.isArray(trigger.methods) ? trigger.methods : []
  const methods = named.map((method) => String(method).toUpperCase())
  const rival = taken.find(
    (other) =>
      other.route.toLowerCase() === route.toLowerCase() && other.methods.some((method) => methods.includes(method)),
  )
  if (rival)
    throw new HostError(
      'route_invalid',
      `The route specified conflicts with the route defined by function '${rival.name}'.`,
    )
  return {
    name: metadata.name,
    registered,
    methods,
    route,
    template: parseRoute(prefix ? `${prefix}/${route}` : route),
  }
}

const isHttp = (type: string) => type.toLowerCase() === 'httptrigger'
