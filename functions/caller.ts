/** Who may call the endpoints for machines. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import { composition } from '../shared/composition'
import { admit, type Caller, type Endpoint, type Refusal } from '../shared/machines/admit'
import { isDevelopment } from '../shared/platform/environment'
import { createLog } from '../shared/platform/log'
import type { Log } from '../shared/platform/ports'

/** A caller who may go on, or what to answer. */
export type Entry = { ok: true; caller: Caller } | { ok: false; response: HttpResponseInit }

/**
 * Finds out who calls, by the rules of `access` in operator.json and `OPERATOR_API_BASIC`. An endpoint that nobody has configured is open on
 * a development machine and shut anywhere else.
 *
 * @param more.transactionId sent back with a refusal
 * @param more.log told of refusals
 */
export async function enter(
  request: HttpRequest,
  endpoint: Endpoint,
  { transactionId, log = createLog() }: { transactionId?: string | undefined; log?: Log } = {},
): Promise<Entry> {
  const { access } = await composition.machineSettings()
  const bearer = endpoint === 'mobilePlans' || endpoint === 'smdp' ? undefined : await composition.bearerCheck()
  const shown = { authorization: request.headers.get('authorization'), certificate: certificateOf(request) }
  const basic = process.env.OPERATOR_API_BASIC === '' ? undefined : process.env.OPERATOR_API_BASIC
  const now = composition.clock()
  const admission = await admit(endpoint, shown, { access, basic, bearer, development: isDevelopment(), now })
  if (admission.ok) return admission
  report(endpoint, admission.refusal, log)
  return { ok: false, response: toResponse(admission.refusal, transactionId) }
}

/**
 * The client certificate of the TLS connection. Anybody can send a header of this name, so it counts only where whoever ends TLS writes it: the app
 * of the role `api` in Azure, whose template switches client certificates on together with this setting, and the local host when it speaks TLS.
 */
function certificateOf(request: HttpRequest): string | null {
  const written = process.env.CLIENT_CERTIFICATES === 'platform' && (process.env.APP_ROLE === 'api' || isDevelopment())
  return written ? request.headers.get('x-arr-clientcert') : null
}

function report(endpoint: Endpoint, { status, problem, thumbprint, system, alert }: Refusal, log: Log): void {
  const line = { endpoint, status, problem, ...(thumbprint && { thumbprint }), ...(system && { system }) }
  if (alert) log.error('machines.refused', line)
  // Strangers without any credentials are the noise of the internet.
  else if (problem === 'missing' || problem === 'not-configured') log.info('machines.refused', line)
  else log.warn('machines.refused', line)
}

const codes = { 401: 'Unauthorized', 403: 'Forbidden', 503: 'Unavailable' } as const

function toResponse({ status, message, challenge }: Refusal, transactionId: string | undefined): HttpResponseInit {
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
      ...(status === 503 ? { 'retry-after': '5' } : {}),
      ...(transactionId === undefined ? {} : { 'X-MS-DM-TransactionId': transactionId }),
    },
    jsonBody: { error: { code: codes[status], message, ...(transactionId === undefined ? {} : { transactionId }) } },
  }
}
