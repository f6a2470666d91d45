/** "Did you mean…": the nearest of a few known names, for messages about typing slips. */

/** Number of single-character insertions, deletions and substitutions between two short texts (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name that `given` was probably meant to be: two letters or a third of them away at most, with something in common. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  if (best === undefined || best.distance >= best.name.length) return undefined
  return best.distance <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined
}

/**
 * Message about an unknown key.
 *
 * @param received the key as the schema library prints it, in quotation marks
 */
export function unknownKeyMessage(received: string, known: readonly string[]): string {
  const meant = nearestName(received.replaceAll('"', '').slice(0, 60), known)
  return meant
    ? `is not known here: did you mean "${meant}"?`
    : `is not known here: remove it, or use one of ${known.filter((name) => name !== '$schema').join(', ')}`
}
