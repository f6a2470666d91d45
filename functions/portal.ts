/** The web portal: every page lies below `/portal` and is routed by `shared/portal`. */
import { composition } from '../shared/composition'
import { fromWebResponse, serve, toWebRequest } from './http'

/** Forms and reports are small; the portal itself refuses what is over its own, lower limit. */
const MAX_BODY_BYTES = 256 * 1024

export function registerPortal(): void {
  serve('portal', 'portal/{*rest}', async (request) => {
    const webRequest = await toWebRequest(request, MAX_BODY_BYTES)
    const portal = await composition.portal()
    return fromWebResponse(await portal.fetch(webRequest))
  })
}
