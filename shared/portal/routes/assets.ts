import { notFound } from '../refusal'
import type { Route } from './route'

/** `GET /portal/assets/{file}`: with its hash in the query a file may be kept for ever, without it must be asked for again. */
export const assetRoute: Route = {
  path: '/portal/assets/:file',
  async GET(visit) {
    const asset = visit.portal.assets.file(visit.param('file'))
    if (!asset) throw notFound()
    const lasting = visit.url.searchParams.get('v') === asset.hash
    const etag = `"${asset.hash}"`
    const headers = {
      'Content-Type': asset.type,
      'Cache-Control': lasting ? 'public, max-age=31536000, immutable' : 'public, no-cache',
      ETag: etag,
    }
    if (visit.request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
    return new Response(asset.body, { headers })
  },
}
