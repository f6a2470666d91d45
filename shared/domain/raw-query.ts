/**
 * Query strings read as Windows writes them: percent-decoded exactly once, a raw `+` stays `+` (form decoding would make it a blank and
 * break base64 and transaction ids), and the first of repeated parameters wins.
 */

/** Longest query string that is looked at, in characters (the design's 8 KB). */
export const maxQueryLength = 8192

/** A decoded query. */
export interface RawQuery {
  /** Decoded values by decoded name, as they came; untrimmed. */
  values: ReadonlyMap<string, string>
  /** Names that occurred more than once. */
  repeated: ReadonlySet<string>
  /** Names whose value holds a percent sequence that is none; the value is then the undecoded text. */
  malformed: ReadonlySet<string>
}

/**
 * @param query with or without the leading `?`
 * @returns `undefined` when it is longer than {@link maxQueryLength}
 */
export function parseRawQuery(query: string): RawQuery | undefined {
  const text = query.startsWith('?') ? query.slice(1) : query
  if (text.length > maxQueryLength) return undefined
  const values = new Map<string, string>()
  const repeated = new Set<string>()
  const malformed = new Set<string>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const rawName = equals < 0 ? pair : pair.slice(0, equals)
    const rawValue = equals < 0 ? '' : pair.slice(equals + 1)
    const name = decodeOnce(rawName) ?? rawName
    if (values.has(name)) {
      repeated.add(name)
      continue
    }
    const value = decodeOnce(rawValue)
    if (value === undefined) malformed.add(name)
    values.set(name, value ?? rawValue)
  }
  return { values, repeated, malformed }
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
