/** Answers of the operator API: JSON, with one shape for every error. */
export interface JsonAnswer {
  status: number
  headers: Record<string, string>
  body: unknown
}

/** One shape for every error of the operator API. */
export function problem(
  status: number,
  code: string,
  message: string,
  more: { parameter?: string | undefined; transactionId?: string | undefined } = {},
): JsonAnswer {
  return { status, headers: echo(more.transactionId), body: { error: { code, message, ...more } } }
}

/** Headers of every answer; a received transaction id goes back. */
export function echo(transactionId: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(transactionId === undefined ? {} : { 'X-MS-DM-TransactionId': transactionId }),
  }
}

/** Whether a text can be an `X-MS-DM-TransactionId`: 1 to 128 visible ASCII characters. Anything else is never sent back. */
export function isTransactionId(text: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(text)
}
