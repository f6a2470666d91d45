/** `/health`: alive, touches nothing. `/health/ready`: whether store and queue can be reached, for the operator's systems. */
import { composition } from '../shared/composition'
import { enter } from './caller'
import { refuseToWrite, serve } from './http'

export function registerHealth(): void {
  serve(
    'health',
    'health',
    async (request) =>
      refuseToWrite(request, 'health is') ?? { jsonBody: { status: 'up' }, headers: { 'cache-control': 'no-store' } },
  )

  serve('healthReady', 'health/ready', async (request) => {
    const entry = await enter(request, 'readiness')
    if (!entry.ok) return entry.response
    const refused = refuseToWrite(request, 'readiness is')
    if (refused !== undefined) return refused
    const { ready, checks } = await (await composition.readiness()).check()
    return {
      status: ready ? 200 : 503,
      headers: { 'cache-control': 'no-store', ...(ready ? {} : { 'retry-after': '5' }) },
      jsonBody: { status: ready ? 'ready' : 'not ready', checks },
    }
  })
}
