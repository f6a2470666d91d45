/**
 * Parses JSON as the settings files of Azure Functions are parsed: a byte order mark, line and block comments are allowed.
 *
 * @throws {SyntaxError} when the rest is not JSON
 */
export function parseJsonWithComments(text: string): unknown {
  const withoutComments = text
    .replace(/^\uFEFF/, '')
    .replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith('"') ? part : ' '))
  return JSON.parse(withoutComments)
}
