import { createHash } from 'node:crypto'
import { type Answer, refusal } from './answer'

/** What was answered under a key, and to which request. */
export interface Remembered {
  fingerprint: string
  answer: Answer
}

/**
 * Runs an operation once per key: the same key and request give the same answer, the same key with another request gives 422.
 *
 * @param remembered answers by key; the new one is added
 * @param key the `Idempotency-Key` header; without one the answer is 400
 * @param request method, path and body as text: what the key stands for
 */
export function once(
  remembered: Record<string, Remembered>,
  key: string | undefined,
  request: string,
  operation: () => Answer,
): Answer {
  if (!key) return refusal(400, 'idempotency_key_missing', 'a POST needs the header Idempotency-Key')
  const fingerprint = createHash('sha256').update(request).digest('base64url')
  const earlier = remembered[key]
  if (earlier && earlier.fingerprint !== fingerprint) {
    return refusal(422, 'idempotency_key_reused', 'the key was used with another request')
  }
  if (earlier) return earlier.answer
  const answer = operation()
  remembered[key] = { fingerprint, answer }
  return answer
}
