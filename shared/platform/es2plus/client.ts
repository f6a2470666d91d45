import * as v from 'valibot'
import { type Iccid, type MatchingId, padIccid, parseEid, parseIccid } from '../../domain/identifiers'
import { type ClientTls, type ClientTlsSource, createHttpCaller } from '../http-call'
import type { CallContext, CallResult, Es2Plus } from '../ports'
import { lost, readAnswer } from './answer'

/** How to reach one SM-DP+ and what was agreed with it (SGP.22 §6.4). */
export interface Es2PlusConfig {
  /** Base URL; the paths of the functions are appended. */
  url: string
  /** OID or agreed name of the operator. */
  requesterIdentifier: string
  /** Version of SGP.22 agreed with the SM-DP+, as `x.y.z`. */
  protocolVersion?: string | undefined
  /** Send 19-digit ICCIDs with a trailing `F`: versions before 2.2 need not accept 19 characters. On by default. */
  padIccid?: boolean | undefined
  /** For a whole call. The profile may be generated inside `downloadOrder`, hence 30 s by default. */
  callTimeoutMs?: number | undefined
  connectTimeoutMs?: number | undefined
  tls?: ClientTls | ClientTlsSource | undefined
}

/** The client and the end of its connections. */
export type Es2PlusClient = Es2Plus & { close(): Promise<void> }

/** Labels of letters, digits and hyphens; SGP.22's FQDN, which has no underscore, port or scheme. */
const hostName = /^(?=.{1,253}$)[A-Z\d](?:[A-Z\d-]{0,61}[A-Z\d])?(?:\.[A-Z\d](?:[A-Z\d-]{0,61}[A-Z\d])?)*$/i

const iccidText = v.pipe(v.string(), v.regex(/^\d{18,20}[Ff]?$/))
const headerOnly = v.object({})
const downloadOutput = v.object({ iccid: iccidText })
const confirmOutput = v.object({
  matchingId: v.string(),
  eid: v.optional(v.string()),
  // Some send an empty text where they mean "the default address".
  smdpAddress: v.optional(v.union([v.literal(''), v.pipe(v.string(), v.regex(hostName))])),
})

/**
 * ES2+ over HTTP and JSON (SGP.22 v2.2 §5.3 and §6). Answers that cannot be right (not the ICCID or matching id that was sent,
 * no response header) are `lost`: the SM-DP+ may have acted, and its word about it is no good.
 *
 * @throws {HttpCallerConfigError} when the URL is not https (or http to this machine)
 */
export function createEs2Plus(config: Es2PlusConfig): Es2PlusClient {
  const http = createHttpCaller({
    baseUrl: config.url,
    timeoutMs: config.callTimeoutMs ?? 30_000,
    connectTimeoutMs: config.connectTimeoutMs,
    tls: config.tls,
    headers: { 'x-admin-protocol': `gsma/rsp/v${config.protocolVersion ?? '2.2.0'}` },
  })
  const wireIccid = (iccid: Iccid) => (config.padIccid === false ? iccid : padIccid(iccid))

  async function call<T>(
    name: string,
    fields: Record<string, string | boolean | undefined>,
    output: v.GenericSchema<unknown, T>,
    context: CallContext,
  ): Promise<CallResult<T>> {
    const header = { functionRequesterIdentifier: config.requesterIdentifier, functionCallIdentifier: context.callId }
    const answer = await http.call({
      method: 'POST',
      path: `/gsma/rsp2/es2plus/${name}`,
      body: { header, ...fields }, // members that are undefined are left out: absent and empty differ
      signal: context.signal,
    })
    if (!answer.ok) return answer
    const sent = [fields.iccid, fields.eid, fields.matchingId].filter((value) => typeof value === 'string')
    return readAnswer(answer, output, sent)
  }

  return {
    async downloadOrder({ iccid, eid, profileType }, context) {
      if (iccid === undefined && profileType === undefined) {
        return { ok: false, kind: 'refused', code: '1.6/2.3', detail: 'not sent: neither ICCID nor profile type' }
      }
      const fields = { eid, iccid: iccid && wireIccid(iccid), profileType }
      const result = await call('downloadOrder', fields, downloadOutput, context)
      if (!result.ok) return result
      const reserved = parseIccid(result.value.iccid)
      if (!reserved) return lost('malformed', 'the answer holds no ICCID')
      if (iccid !== undefined && reserved !== iccid) return lost('foreign-iccid', 'the answer names another ICCID')
      return { ...result, value: { iccid: reserved } }
    },

    async confirmOrder({ iccid, eid, matchingId, release }, context) {
      const fields = { iccid: wireIccid(iccid), eid, matchingId, releaseFlag: release }
      const result = await call('confirmOrder', fields, confirmOutput, context)
      if (!result.ok) return result
      const { value } = result
      if (value.matchingId !== matchingId) return lost('foreign-matching-id', 'the answer names another matching id')
      if (eid !== undefined && value.eid !== undefined && value.eid !== eid) {
        return lost('foreign-eid', 'the answer names another EID')
      }
      const bound = value.eid === undefined ? undefined : parseEid(value.eid)
      return {
        ...result,
        value: {
          matchingId: value.matchingId as MatchingId, // equal to the one sent
          ...(value.smdpAddress && { smdpAddress: value.smdpAddress }),
          ...(bound && { eid: bound }),
        },
      }
    },

    async releaseProfile({ iccid }, context) {
      const result = await call('releaseProfile', { iccid: wireIccid(iccid) }, headerOnly, context)
      return result.ok ? { ...result, value: {} } : result
    },

    async cancelOrder({ iccid, eid, matchingId, finalState }, context) {
      const fields = { iccid: wireIccid(iccid), eid, matchingId, finalProfileStatusIndicator: finalState }
      const result = await call('cancelOrder', fields, headerOnly, context)
      return result.ok ? { ...result, value: {} } : result
    },

    close: () => http.close(),
  }
}
