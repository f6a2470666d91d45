/** Timer function: each minute, whatever is overdue in the open index is woken. */
import { app } from '@azure/functions'
import { composition } from '../shared/composition'
import { withLogSink } from '../shared/platform/log'

export function registerSweep(): void {
  app.timer('sweep', {
    schedule: '0 * * * * *',
    handler: (_timer, context) =>
      withLogSink(context, async () => {
        const { sweep } = await import('../shared/fulfilment/sweep')
        const parts = await composition.sweepParts()
        const report = await sweep(parts)
        parts.log.info('sweep', { ...report })
      }),
  })
}
