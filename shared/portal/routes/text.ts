import type { TextView } from '../views'
import type { Route } from './route'

/** `GET /portal/terms`, `/privacy`, `/help`: for everyone, without a session. */
export const textRoutes: readonly Route[] = (['terms', 'privacy', 'help'] as const).map((page: TextView['page']) => ({
  path: `/portal/${page}`,
  async GET(visit) {
    return visit.page(visit.portal.pages.text({ frame: visit.frame(`/portal/${page}`), page }))
  },
}))
