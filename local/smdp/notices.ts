import { randomUUID } from 'node:crypto'
import { type ClientTls, createHttpCaller, type HttpCaller } from '../../shared/platform/http-call'
import { meaningOf, splitCode } from './codes'
import { paddedIccid } from './es2plus'
import type { NoticePoint, Profile } from './profile'
import type { NoticeSettings } from './types'
import type { Waits } from './waits'

/** A notice, what became of it, and each answer of the operator. */
export interface SentNotice {
  iccid: string
  point: number
  body: Record<string, unknown>
  outcome: 'pending' | 'delivered' | 'dropped' | 'failed'
  answers: { at: string; status?: number; failure?: string }[]
}

export const defaultNoticeSettings: NoticeSettings = {
  delayMs: 0,
  duplicates: 0,
  reorder: false,
  drop: 0,
  points: [3, 4],
  retryDelaysMs: [500, 1_000, 2_000, 5_000, 10_000],
  pointAs: 'number',
}

/** How long a notice is held for its successor while `reorder` is on, in milliseconds. */
const reorderHoldMs = 2_000
const keptNotices = 1_000
const path = '/gsma/rsp2/es2plus/handleDownloadProgressInfo'

/** DATETIME of SGP.22 §5.2.1 has no fraction of a second. */
function dateTime(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/**
 * `finalResult` of the ProfileInstallationResult in DER, as far as anyone reads it: success carries the AID of the ISD-P,
 * failure the command (loadProfileElements) and reason (installFailedDueToUnknownError).
 * @see SGP.22 §2.5.6
 */
function finalResult(success: boolean): string {
  return Buffer.from(success ? 'a0124f10a0000005591010ffffffff8900001100' : 'a10680010581017f', 'hex').toString(
    'base64',
  )
}

/** Sends handleDownloadProgressInfo to the operator (SGP.22 §5.3.5), with the faults that such senders have. */
export class Notifier {
  readonly settings: NoticeSettings
  readonly #http: HttpCaller | undefined
  #sent: SentNotice[] = []
  #generation = 0
  /** Per profile, what lets the notice go that is held for reordering. */
  readonly #held = new Map<string, () => void>()
  /** Per profile, the first try of its latest notice: notices of a profile leave in order, though a repetition may come late. */
  readonly #tried = new Map<string, Promise<void>>()

  constructor(
    private readonly options: {
      url: string | undefined
      tls: ClientTls | undefined
      settings: Partial<NoticeSettings>
      waits: Waits
      now: () => Date
      changed: () => void
      log: (line: string) => void
    },
  ) {
    this.settings = { ...defaultNoticeSettings, ...options.settings }
    if (options.url !== undefined) {
      const baseUrl = options.url.replace(path, '')
      this.#http = createHttpCaller({ baseUrl, timeoutMs: 10_000, tls: options.tls })
    }
  }

  get sent(): readonly SentNotice[] {
    return this.#sent
  }

  /** Bodies of the notices that the operator has not taken yet. */
  pending(): Record<string, unknown>[] {
    return this.#sent.filter((notice) => notice.outcome === 'pending').map((notice) => notice.body)
  }

  /** Reports a step of a download, if it is one that is reported. */
  report(profile: Profile, step: NoticePoint, device: { eid: string }): void {
    if (step.success && !this.settings.points.includes(step.point)) return
    const at = this.options.now()
    this.#queue(profile.iccid, step.point, {
      header: { functionRequesterIdentifier: 'smdp-simulator', functionCallIdentifier: randomUUID() },
      eid: device.eid,
      iccid: paddedIccid(profile.iccid),
      profileType: profile.profileType,
      timestamp: dateTime(at),
      notificationPointId: this.settings.pointAs === 'string' ? String(step.point) : step.point,
      notificationPointStatus: step.success
        ? { status: 'Executed-Success' }
        : {
            status: 'Failed',
            ...(step.code && { statusCodeData: { ...splitCode(step.code), message: meaningOf(step.code) } }),
          },
      ...(step.point === 4 && { resultData: finalResult(step.success) }),
    })
  }

  /** Sends what an earlier run had not delivered. */
  resume(bodies: readonly Record<string, unknown>[]): void {
    for (const body of bodies) this.#queue(String(body.iccid).replace(/F$/, ''), Number(body.notificationPointId), body)
  }

  /** Forgets all notices, also those under way, and goes back to the first settings. */
  clear(): void {
    this.#sent = []
    this.#generation += 1
    this.#held.clear()
    this.#tried.clear()
    Object.assign(this.settings, { ...defaultNoticeSettings, ...this.options.settings })
  }

  async close(): Promise<void> {
    await this.#http?.close()
  }

  #queue(iccid: string, point: number, body: Record<string, unknown>): void {
    if (!this.#http) return
    const notice: SentNotice = { iccid, point, body, outcome: 'pending', answers: [] }
    this.#sent.push(notice)
    if (this.#sent.length > keptNotices) this.#sent.shift()
    if (this.settings.drop > 0) {
      this.settings.drop -= 1
      notice.outcome = 'dropped'
    } else {
      void this.#deliver(notice)
    }
    this.options.changed()
  }

  async #deliver(notice: SentNotice): Promise<void> {
    const { iccid, point } = notice
    const { delayMs, duplicates, reorder } = this.settings
    const generation = this.#generation
    const before = this.#tried.get(iccid)
    let triedOnce = () => {}
    const tried = new Promise<void>((resolve) => {
      triedOnce = resolve
    })
    this.#tried.set(iccid, tried)

    if (delayMs > 0 && !(await this.options.waits.wait(delayMs))) return
    const follow = this.#held.get(iccid)
    if (!follow && reorder && point === 3) {
      triedOnce()
      const released = new Promise<void>((resolve) => this.#held.set(iccid, resolve))
      await Promise.race([released, this.options.waits.wait(reorderHoldMs)])
      this.#held.delete(iccid)
    } else {
      await before
    }
    for (let copy = 0; copy <= duplicates && generation === this.#generation; copy += 1) {
      await this.#send(notice, triedOnce)
    }
    follow?.()
    if (this.#tried.get(iccid) === tried) this.#tried.delete(iccid)
    this.options.changed()
  }

  /** Sends until the operator answers 204 or the tries are used up. */
  async #send(notice: SentNotice, triedOnce: () => void): Promise<void> {
    for (const delay of [0, ...this.settings.retryDelaysMs]) {
      if (delay > 0 && !(await this.options.waits.wait(delay))) return
      const answer = await this.#http?.call({
        method: 'POST',
        path,
        headers: { 'x-admin-protocol': 'gsma/rsp/v2.2.0' },
        body: notice.body,
      })
      triedOnce()
      const at = this.options.now().toISOString()
      notice.answers.push(answer?.ok ? { at, status: answer.status } : { at, failure: answer?.code ?? 'closed' })
      if (answer?.ok && answer.status === 204) {
        notice.outcome = 'delivered'
        return
      }
      if (answer && !answer.ok && answer.code === 'closed') return
    }
    notice.outcome = 'failed'
    this.options.log(`notice of point ${notice.point} was not taken by the operator`)
  }
}
