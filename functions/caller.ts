/** Who may call the endpoints for machines. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import { basicCredentialsMatch } from '../shared/operator-api/basic-credentials'
import { isDevelopment } from '../shared/platform/environment'

/**
 * Whether the request comes from the Mobile Plans service: basic credentials as given to Microsoft (`OPERATOR_API_BASIC`, the form
 * `user:password`). Without that setting only a development machine is served: an endpoint that nobody has secured stays shut.
 */
export function isMobilePlansService(request: HttpRequest): boolean {
  const expected = process.env.OPERATOR_API_BASIC
  if (expected === undefined || expected === '') return isDevelopment()
  return basicCredentialsMatch(request.headers.get('authorization'), expected)
}

/** Whether the request comes from the operator's own systems. Shut in Azure until they have credentials. */
export function isOperatorSystem(_request: HttpRequest): boolean {
  return isDevelopment()
}

/** Whether the request comes from the SM-DP+. Shut in Azure until its certificate can be checked. */
export function isSmdp(_request: HttpRequest): boolean {
  return isDevelopment()
}

/** 401 with our body. */
export function refusal(transactionId?: string): HttpResponseInit {
  return {
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="operator API", charset="UTF-8"', 'cache-control': 'no-store' },
    jsonBody: { error: { code: 'Unauthorized', message: 'credentials are missing or wrong', transactionId } },
  }
}
