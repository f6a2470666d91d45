import { raw } from 'hono/html'

/**
 * HTML text of a page. Our components are synchronous, so that the text is there at once.
 *
 * @throws {TypeError} where a component is asynchronous: a fault in the page itself
 */
export function renderDocument(page: { toString(): unknown }): string {
  const html = page.toString()
  if (typeof html !== 'string') throw new TypeError('a page component is asynchronous')
  return `<!doctype html>${html}`
}

/** Data for a `<script type="application/json">` block: no `<` in it can end the block or open a comment. */
export function jsonBlock(data: unknown) {
  return raw(
    JSON.stringify(data).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
