/** `GET /v1/openapi.json`: the contract of our own endpoints. It holds no secret, so anybody may read it. */
import { refuseToWrite, serve } from './http'

export function registerOpenApi(): void {
  serve('getOpenApi', 'v1/openapi.json', async (request) => {
    const refused = refuseToWrite(request, 'the document is')
    if (refused !== undefined) return refused
    const { default: document } = await import('../shared/operator-api/openapi.json')
    return { headers: { 'cache-control': 'public, max-age=3600' }, jsonBody: document }
  })
}
