/** Choice of language by `Accept-Language` (RFC 9110 §12.5.4, RFC 4647 lookup). */

/**
 * The supported language that suits the visitor best: preferences by weight, then by position; each first as it stands, then
 * shortened from the right (`pt-BR` → `pt`), then any regional form of the same language. Case does not matter.
 *
 * @param acceptLanguage the header; absent, empty or senseless: the default
 * @returns one of `supported`, in its spelling, else `defaultLanguage`
 */
export function chooseLanguage(
  acceptLanguage: string | null | undefined,
  supported: readonly string[],
  defaultLanguage: string,
): string {
  const wishes = (acceptLanguage ?? '')
    .slice(0, 1000)
    .split(',')
    .map(readWish)
    .filter((wish) => wish !== undefined)
    .sort((a, b) => b.weight - a.weight)
  for (const { tag } of wishes) {
    if (tag === '*') return defaultLanguage
    const found = lookUp(tag, supported)
    if (found !== undefined) return found
  }
  return defaultLanguage
}

function readWish(item: string): { tag: string; weight: number } | undefined {
  const [tag = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
  if (!/^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)$/.test(tag)) return undefined
  const quality = parameters.find((parameter) => /^q\s*=/.test(parameter))
  const weight = quality === undefined ? 1 : Number(quality.slice(quality.indexOf('=') + 1))
  return weight > 0 && weight <= 1 ? { tag, weight } : undefined
}

function lookUp(tag: string, supported: readonly string[]): string | undefined {
  const subtags = tag.split('-')
  for (let length = subtags.length; length > 0; length -= 1) {
    const wanted = subtags.slice(0, length).join('-')
    const found = supported.find((language) => language.toLowerCase() === wanted)
    if (found !== undefined) return found
  }
  return supported.find((language) => language.toLowerCase().split('-')[0] === subtags[0])
}
