/** `GET /v1/openapi.json`: the contract of our own endpoints. It holds no secret, so anybody may read it. */
import { problem } from '../shared/operator-api/answer'
import { serve } from './http'

export function registerOpenApi(): void {
  serve('getOpenApi', 'v1/openapi.json', async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const { status, headers, body } = problem(405, 'MethodNotAllowed', 'the document is read by GET')
      return { status, headers: { ...headers, allow: 'GET, HEAD' }, jsonBody: body }
    }
    const { default: document } = await import('../shared/operator-api/openapi.json')
    return { headers: { 'cache-control': 'public, max-age=3600' }, jsonBody: document }
  })
}
