import type { Callback } from '../domain/callback'

/**
 * JavaScript that makes a callback as soon as a page runs it: the client script of the build in a function of its own, which is given the
 * callback. Safe in a script element and in a file: what was sent to us stands in it as JSON without `<`, `>`, `&` and line separators,
 * so it can neither end the element nor a line nor become code.
 *
 * @param client text of `dist/assets/callback.js`
 */
export function callbackScript(client: string, callback: Callback): string {
  return `(function(mobilePlansCallback){${client.trimEnd()}\n})(${dataOf(callback)});`
}

function dataOf(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
