/** Timer function: each minute, whatever is overdue in the open index is woken. */
import { app } from '@azure/functions'
import { composition } from '../shared/composition'
import { sweep } from '../shared/fulfilment/sweep'
import { withLogSink } from '../shared/platform/log'

app.timer('sweep', {
  schedule: '0 * * * * *',
  handler: (_timer, context) =>
    withLogSink(context, async () => {
      const parts = await composition.sweepParts()
      const report = await sweep(parts)
      parts.log.info('sweep', { ...report })
    }),
})
