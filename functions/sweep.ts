/** Timer function: each minute, whatever is overdue in the open index is woken, and the renewals that are due are placed. */
import { app } from '@azure/functions'
import { composition } from '../shared/composition'
import { withLogSink } from '../shared/platform/log'

export function registerSweep(): void {
  app.timer('sweep', {
    schedule: '0 * * * * *',
    handler: (_timer, context) =>
      withLogSink(context, async () => {
        const [{ sweep }, { placeRenewals }] = await Promise.all([
          import('../shared/fulfilment/sweep'),
          import('../shared/fulfilment/renewals'),
        ])
        const parts = await composition.sweepParts()
        const report = await sweep(parts)
        parts.log.info('sweep', { ...report })
        const renewals = await placeRenewals(await composition.renewalParts())
        if (renewals.placed + renewals.dropped > 0) parts.log.info('renewals', { ...renewals })
      }),
  })
}
