/**
 * Status codes of ES2+ after which the same call may succeed later. Codes are texts `subject/reason` and never numbers: 3.1 is not 3.10.
 * @see SGP.22 §5.3.1 to §5.3.4 (tables 24, 27, 30, 32) and, for the common ones, §5.2.6.3
 */
const later = new Set([
  '1.2/4.2', // internal processing error, nothing more exact known
  '1.2/4.4', // busy
  '1.6/5.3', // expired before it was executed
  '8.2.5/3.7', // no profile of this type is left
  '8.9/4.2', // SM-DS registration failed
  '8.9/5.1', // SM-DS not reachable
])

/** The request was passed on and no answer came back: whether it was carried out is unknown. */
const noResponse = '1.6/5.4'

/**
 * What a failed function means for the caller. A code that nobody has told us about is a refusal: repeating it unchanged would
 * hide it.
 *
 * @param code `subject/reason`
 */
export function failureKind(code: string): 'refused' | 'busy' | 'lost' {
  if (code === noResponse) return 'lost'
  return later.has(code) ? 'busy' : 'refused'
}
