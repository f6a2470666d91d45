import * as v from 'valibot'
import { eidCheckDigitsPass } from '../../shared/domain/identifiers'
import { bareIccid } from './registry'
import type { Es2Function } from './types'

const iccid = v.pipe(v.string(), v.regex(/^\d{19}[\dF]?$/), v.transform(bareIccid))
const eid = v.optional(v.pipe(v.string(), v.regex(/^\d{32}$/)))
const matchingId = v.optional(v.pipe(v.string(), v.regex(/^[\dA-Z-]*$/), v.maxLength(255)))
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const header = v.object({ functionRequesterIdentifier: name, functionCallIdentifier: name })

/** Members as the tables of SGP.22 §5.3.1 to §5.3.4 have them; where its JSON schemas are looser, the tables win. */
const members = {
  downloadOrder: { header, iccid: v.optional(iccid), eid, profileType: v.optional(name) },
  confirmOrder: {
    header,
    iccid,
    eid,
    matchingId,
    confirmationCode: v.optional(v.string()),
    smdsAddress: v.optional(v.string()),
    releaseFlag: v.boolean(),
  },
  releaseProfile: { header, iccid },
  cancelOrder: {
    header,
    iccid,
    eid,
    matchingId,
    finalProfileStatusIndicator: v.picklist(['Available', 'Unavailable']),
  },
}

function tagged<F extends Es2Function, E extends v.ObjectEntries>(tag: F, entries: E) {
  return v.pipe(
    v.object(entries),
    v.transform((fields) => ({ function: tag, fields })),
  )
}

const schemas = {
  downloadOrder: tagged('downloadOrder', members.downloadOrder),
  confirmOrder: tagged('confirmOrder', members.confirmOrder),
  releaseProfile: tagged('releaseProfile', members.releaseProfile),
  cancelOrder: tagged('cancelOrder', members.cancelOrder),
}

/** A request that was read, with its function as the tag. */
export type Es2Request = v.InferOutput<(typeof schemas)[Es2Function]>

/** Whether a path element names a function of ES2+ that operators call. */
export function isEs2Function(text: string): text is Es2Function {
  return Object.hasOwn(schemas, text)
}

/** Outcome of reading a request. `remarks` are violations that do not stop the call. */
export type ReadRequest =
  | { ok: true; request: Es2Request; remarks: string[] }
  | { ok: false; code: string; message?: string }

function remarksOn(body: object, request: Es2Request): string[] {
  const remarks = Object.keys(body)
    .filter((member) => !Object.hasOwn(members[request.function], member))
    .map((member) => `unknown-member: ${member.slice(0, 40)}`)
  if ('confirmationCode' in body) remarks.push('confirmation-code: Mobile Plans allows none')
  const { fields } = request
  if ('eid' in fields && fields.eid !== undefined && !eidCheckDigitsPass(fields.eid)) {
    remarks.push('eid-check-digits: they are wrong')
  }
  return remarks
}

/**
 * Reads a request as strictly as the specification allows (§6.2, §6.5.1.3).
 *
 * @param body parsed JSON, `undefined` if it was none
 */
export function readRequest(
  name: Es2Function,
  headers: { contentType: string | undefined; protocol: string | undefined },
  body: unknown,
): ReadRequest {
  if (!/^application\/json\s*(;|$)/i.test(headers.contentType ?? '')) return { ok: false, code: '1.3.1/2.1' }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { ok: false, code: '1.3.1/2.1' }
  if (!/^gsma\/rsp\/v2\.\d+\.\d+$/.test(headers.protocol ?? '')) return { ok: false, code: '1.3.2/2.1' }

  const parsed = v.safeParse(schemas[name], body)
  if (!parsed.success) {
    const [issue] = parsed.issues
    const missing = issue.received === 'undefined'
    return { ok: false, code: missing ? '1.6/2.2' : '1.6/2.1', message: v.getDotPath(issue) ?? 'body' }
  }
  const request = parsed.output
  if (request.function === 'downloadOrder' && !request.fields.iccid && !request.fields.profileType) {
    return { ok: false, code: '1.6/2.3', message: 'iccid or profileType' }
  }
  return { ok: true, request, remarks: remarksOn(body, request) }
}
