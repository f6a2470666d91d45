import * as v from 'valibot'
import { readPost } from '../post'
import type { Route } from './route'

/** `POST /portal/sign-out`: ends the session, in the store and in the browser. */
export const signOutRoute: Route = {
  path: '/portal/sign-out',
  async POST(visit) {
    await readPost(visit, v.object({}))
    await visit.end()
    visit.log.info('portal.sign_out')
    return visit.message({ kind: 'signed-out', status: 200 })
  },
}
