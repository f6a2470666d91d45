/** How the proxy changes a Content-Security-Policy, and nothing more than that. */

function split(policy: string): [name: string, sources: string[]][] {
  return policy
    .split(';')
    .map((directive) => directive.trim().split(/\s+/))
    .filter(([name]) => name !== undefined && name !== '')
    .map(([name, ...sources]) => [(name ?? '').toLowerCase(), sources])
}

/**
 * Replaces `frame-ancestors` so that the simulator may frame the portal. Everything else stays as it was, except that a policy
 * which forbids scripts or connections of its own origin is given the two addresses that the injected script needs.
 *
 * @param own origins of the simulator
 */
export function allowSimulator(policy: string, own: readonly string[]): string {
  const directives = split(policy).filter(([name]) => name !== 'frame-ancestors')
  const origin = own[0] ?? "'self'"
  const admit = (name: string, address: string) => {
    const found =
      directives.find(([candidate]) => candidate === name) ??
      directives.find(([candidate]) => candidate === 'default-src')
    if (found === undefined) return
    const [, sources] = found
    if (sources.includes("'self'") || sources.includes('*') || sources.includes(origin)) return
    const extended = [...sources.filter((source) => source !== "'none'"), address]
    const index = directives.findIndex(([candidate]) => candidate === name)
    if (index < 0) directives.push([name, extended])
    else directives[index] = [name, extended]
  }
  admit('script-src', `${origin}/windows/host.js`)
  admit('connect-src', `${origin}/windows/`)
  directives.push(['frame-ancestors', ["'self'", ...own]])
  return directives.map(([name, sources]) => [name, ...sources].join(' ')).join('; ')
}

/**
 * Puts one script before every other of the page: right after `<head>`, or after the doctype where there is no head.
 */
export function injectScript(html: string, path: string): string {
  const tag = `<script src="${path}"></script>`
  const head = /<head(?:\s[^>]*)?>/i.exec(html) ?? /<html(?:\s[^>]*)?>/i.exec(html) ?? /<!doctype[^>]*>/i.exec(html)
  if (head === null) return tag + html
  const at = head.index + head[0].length
  return html.slice(0, at) + tag + html.slice(at)
}
