/** From an ES2+ notice to the order that it concerns. */

import { maskIdentifier } from '../domain/identifiers'
import type { ProgressNotice } from '../platform/es2plus/notice'
import type { DocumentStore, Log } from '../platform/ports'
import type { Orders } from './orders'
import { readSim } from './sims'

export interface Notices {
  /** Records a notice. One for an ICCID that no order of ours holds is logged and otherwise ignored. */
  record(notice: ProgressNotice): Promise<void>
}

/** The SM-DP+ waits for its 204; what the notice sets in motion may take this long before it is left to a wake. */
const BUDGET_MS = 2_500

/**
 * The SIM document leads from the ICCID to the order: it is written before the profile can be downloaded, so no notice about a
 * download can come before it.
 */
export function createNotices(documents: DocumentStore, orders: Orders, log: Log): Notices {
  return {
    async record(notice) {
      const sim = await readSim(documents, notice.iccid)
      const fields = {
        iccid: maskIdentifier(notice.iccid),
        point: notice.point,
        status: notice.status,
        code: notice.statusCode,
      }
      if (sim?.orderId === undefined) {
        log.warn('notice for an unknown profile', fields)
        return
      }
      log.info('notice', { ...fields, order: sim.orderId })
      const event = {
        type: 'notice',
        iccid: notice.iccid,
        point: notice.point,
        success: notice.status === 'success',
        statusCode: notice.statusCode,
      } as const
      await orders.send(sim.orderId, event, { budgetMs: BUDGET_MS })
    },
  }
}
