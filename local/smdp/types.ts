import type { ClientTls } from '../../shared/platform/http-call'
import type { ProfileRules } from './profile'

/** A profile as it is brought into the inventory. `iccid` with or without `F`. */
export interface StockItem {
  iccid: string
  profileType: string
  name?: string | undefined
}

/** The functions of ES2+ that an operator calls. */
export type Es2Function = 'downloadOrder' | 'confirmOrder' | 'releaseProfile' | 'cancelOrder'

/** The steps of a device, a stand-in for ES9+. */
export type DeviceFunction = 'authenticate' | 'package' | 'result' | 'cancel'

/** How notices are sent; everything can be changed while the simulator runs. Times in milliseconds. */
export interface NoticeSettings {
  /** Wait before a notice is sent. */
  delayMs: number
  /** How many times more each notice is sent. */
  duplicates: number
  /** Hold the first of two notices of a profile until the second was sent. */
  reorder: boolean
  /** So many of the next notices are not sent at all. */
  drop: number
  /** Points that are sent by agreement. A failed point is always sent. */
  points: number[]
  /** Waits before each further try when the operator does not answer 204. */
  retryDelaysMs: number[]
  /** How the point is written: as the schema says, or as seen in the field. */
  pointAs: 'number' | 'string'
}

/** Server side of mutual TLS. Callers must show a certificate that `ca` signed. */
export interface ServerTls {
  cert: string | Buffer
  key: string | Buffer
  ca: string | Buffer
}

/** Options of `startSmdp`. */
export interface SmdpOptions {
  /** 0 takes a free one. Only 127.0.0.1 is bound. */
  port: number
  /** The operator's base URL, or the whole URL of its handleDownloadProgressInfo. Without it no notice is sent. */
  noticeUrl?: string | undefined
  /** Client side of mutual TLS for notices. */
  noticeTls?: ClientTls | undefined
  notices?: Partial<NoticeSettings> | undefined
  /** Host name in activation codes. */
  address: string
  /** Whether confirmOrder answers with the address; it may leave it out where a default was agreed. */
  answerAddress?: boolean | undefined
  stock: StockItem[]
  /** With TLS, ES2+ is served on `port` and the device and control side, in plain HTTP, on `controlPort`. */
  tls?: ServerTls | undefined
  controlPort?: number | undefined
  /** The only caller that is served; without it any, as long as it keeps its name. */
  requester?: string | undefined
  rules?: Partial<ProfileRules> | undefined
  /** File that keeps the inventory over restarts. */
  statePath?: string | undefined
  /** Receives one line per event, without identifiers. */
  log?: ((line: string) => void) | undefined
}
