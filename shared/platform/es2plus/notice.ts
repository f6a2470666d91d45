import * as v from 'valibot'
import { type Eid, type Iccid, parseEid } from '../../domain/identifiers'

/** What an SM-DP+ reports about a download (SGP.22 §5.3.5), reduced to what is of use. Text fields are bounded. */
export interface ProgressNotice {
  iccid: Iccid
  /** Absent when unknown or when its check digits are wrong: the ICCID is what names the order. */
  eid?: Eid
  profileType?: string
  /** 1 eligibility, 2 confirmation code, 3 package delivered, 4 installation result; others by agreement (table 32a). */
  point: number
  status: 'success' | 'failed'
  /** `subject/reason`. */
  statusCode?: string
  /** When the step was executed, by the clock of the SM-DP+. */
  at?: Date
  /** Base64, for diagnosis only: senders differ in what they put here. At most {@link maxResultDataLength} characters. */
  resultData?: string
  /** Who says so; to be compared with the agreed identifier of the SM-DP+. */
  requester?: string
}

/** Why a notice can never be processed. */
export type NoticeDefect =
  | 'not-an-object'
  | 'iccid-missing'
  | 'iccid-malformed'
  | 'point-malformed'
  | 'status-malformed'

/** Longest piece of `resultData` that is kept, in characters; the rest is cut off. A multiple of 4, so that it stays Base64. */
export const maxResultDataLength = 4_096

const text = (maximum: number) =>
  v.fallback(v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(maximum))), undefined)
const code = v.pipe(v.string(), v.regex(/^\d{1,3}(\.\d{1,3}){0,4}$/))
const time = v.fallback(v.optional(v.union([v.pipe(v.string(), v.maxLength(40)), v.number()])), undefined)

/** Only what decides is demanded; every other member may be missing or wrong without harm to the rest. */
const noticeSchema = v.object({
  header: v.fallback(v.optional(v.object({ functionRequesterIdentifier: text(200) })), undefined),
  eid: v.fallback(v.optional(v.string()), undefined),
  profileType: text(128),
  timestamp: time,
  timeStamp: time,
  notificationPointId: v.union([
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999_999)),
    v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number)),
  ]),
  notificationPointStatus: v.object({
    status: v.picklist(['Executed-Success', 'Executed-WithWarning', 'Failed', 'Expired']),
    statusCodeData: v.fallback(v.optional(v.object({ subjectCode: code, reasonCode: code })), undefined),
  }),
  resultData: v.fallback(
    v.optional(
      v.pipe(
        v.string(),
        v.transform((value) => value.replaceAll(/\s/g, '')),
        v.regex(/^[A-Za-z\d+/]*={0,2}$/),
      ),
    ),
    undefined,
  ),
})

const earliest = Date.UTC(2015, 0, 1)
const latest = Date.UTC(2100, 0, 1)

/** `2026-01-31T12:00:00Z` with or without fraction, any offset; or seconds (milliseconds) since 1970 as number or digits. */
function readTime(value: string | number | undefined): Date | undefined {
  if (value === undefined) return undefined
  let milliseconds: number
  if (typeof value === 'number' || /^\d{9,13}$/.test(value)) {
    milliseconds = Number(value) < 1e11 ? Number(value) * 1_000 : Number(value)
  } else {
    const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(?:([Zz])|([+-]\d\d):?(\d\d))$/.exec(value.trim())
    if (!parts) return undefined // without an offset it could be any of 26 hours
    milliseconds = Date.parse(`${parts[1]}${(parts[2] ?? '').slice(0, 4)}${parts[3] ? 'Z' : `${parts[4]}:${parts[5]}`}`)
  }
  return milliseconds >= earliest && milliseconds < latest ? new Date(milliseconds) : undefined
}

function defectOf(issue: v.BaseIssue<unknown>): NoticeDefect {
  return v.getDotPath(issue)?.startsWith('notificationPointStatus') ? 'status-malformed' : 'point-malformed'
}

/**
 * Reads the body of `handleDownloadProgressInfo`. Lenient, because the sender's retry policy is unknown and vendors differ:
 * point as number or digits, `timestamp` or `timeStamp` in several forms, no profile type, `F` padding, unknown points, more members.
 *
 * @param body parsed JSON
 * @returns the notice, or why it can never be processed (answer 4xx then, and 204 to everything else)
 * @see SGP.22 §5.3.5 and its Annex I, whose example breaks the tables
 */
export function parseProgressNotice(
  body: unknown,
): { ok: true; notice: ProgressNotice } | { ok: false; reason: NoticeDefect } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { ok: false, reason: 'not-an-object' }
  const { iccid: iccidText }: { iccid?: unknown } = body
  if (iccidText === undefined || iccidText === null) return { ok: false, reason: 'iccid-missing' }
  // A number would have lost its last digits.
  const digits = typeof iccidText === 'string' ? /^\s*(\d{18,20})[Ff]?\s*$/.exec(iccidText)?.[1] : undefined
  if (digits === undefined) return { ok: false, reason: 'iccid-malformed' }

  const parsed = v.safeParse(noticeSchema, body)
  if (!parsed.success) return { ok: false, reason: defectOf(parsed.issues[0]) }
  const { header, eid: eidText, profileType, resultData, notificationPointStatus, ...fields } = parsed.output

  const eid = eidText !== undefined && eidText.length <= 64 ? parseEid(eidText) : undefined
  const at = readTime(fields.timestamp) ?? readTime(fields.timeStamp)
  const statusCode = notificationPointStatus.statusCodeData
  const result = resultData?.slice(0, maxResultDataLength)
  const requester = header?.functionRequesterIdentifier
  return {
    ok: true,
    notice: {
      iccid: digits as Iccid, // 18 to 20 digits, checked above
      point: fields.notificationPointId,
      status: notificationPointStatus.status.startsWith('Executed-') ? 'success' : 'failed',
      ...(eid && { eid }),
      ...(profileType !== undefined && { profileType }),
      ...(statusCode && { statusCode: `${statusCode.subjectCode}/${statusCode.reasonCode}` }),
      ...(at && { at }),
      ...(result && { resultData: result }),
      ...(requester !== undefined && { requester }),
    },
  }
}
