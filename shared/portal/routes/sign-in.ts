import * as v from 'valibot'
import { maskIdentifier } from '../../domain/identifiers'
import type { SignInResult } from '../accounts/accounts'
import { normaliseEmail } from '../accounts/email'
import { entryPath } from '../entry'
import { field, readPost } from '../post'
import { signedIn as asSignedIn } from '../session/session'
import type { FormState, Frame } from '../views'
import type { Visit } from '../visit'
import { wordsFor } from '../words'
import { isReturnPath, type Route } from './route'

const signInForm = v.object({ email: field(1000), password: v.optional(v.pipe(v.string(), v.maxLength(1000)), '') })

/** `/portal/sign-in` */
export const signInRoute: Route = {
  path: '/portal/sign-in',

  async GET(visit) {
    if (visit.subscriberId !== undefined) return visit.redirect('/portal/options')
    const next = visit.url.searchParams.get('next')
    await visit.formSession()
    if (next !== null && isReturnPath(next)) await visit.change((session) => ({ ...session, returnTo: next }))
    const text = wordsFor(visit.language).sessionEnded
    const notice: Frame['notice'] = visit.url.searchParams.has('ended') ? { kind: 'info', text } : undefined
    return renderSignIn(visit, { values: {}, errors: {} }, 200, undefined, notice)
  },

  async POST(visit) {
    const form = await readPost(visit, signInForm, '/portal/sign-in')
    const values = { email: form.email }
    const errors = {
      ...(form.email === '' ? { email: 'required' } : {}),
      ...(form.password === '' ? { password: 'required' } : {}),
    }
    if (Object.keys(errors).length > 0) return renderSignIn(visit, { values, errors }, 422)
    const result = await visit.portal.accounts.signIn(form.email, form.password, visit.now)
    visit.log.info('portal.sign_in', { result: result.ok ? 'ok' : result.reason })
    if (!result.ok)
      return renderSignIn(visit, { values, errors: refusalOf(result) }, result.reason === 'locked' ? 429 : 403)
    return enter(visit, result, form.email)
  },
}

/** Errors of a sign-in that did not succeed. */
function refusalOf(result: SignInResult & { ok: false }): Record<string, string> {
  return { password: result.reason === 'locked' ? 'too-many' : 'sign-in' }
}

/** Makes the visit that of the person, under a new id, and leads to where they wanted to go. */
export async function enter(visit: Visit, result: SignInResult & { ok: true }, email: string): Promise<Response> {
  const { subscriberId, created } = result
  const before = visit.session?.value
  const login = normaliseEmail(email) ?? ''
  await visit.begin(
    asSignedIn(before, { subscriberId, login, accountNew: created }, visit.freshSession('browser'), visit.now),
  )
  return visit.redirect(await entryPath(visit, subscriberId, before?.returnTo))
}

/** The sign-in page. `device`: masked identifiers of this launch; default: those of the session. */
export function renderSignIn(
  visit: Visit,
  form: FormState,
  status: number,
  device?: { eid?: string; iccid?: string },
  notice?: Frame['notice'],
): Response {
  const session = visit.session?.value
  const eid = device?.eid ?? (session?.device.eid === undefined ? undefined : maskIdentifier(session.device.eid))
  const words = wordsFor(visit.language)
  const iccid =
    device?.iccid ?? (session?.device.iccid === undefined ? undefined : maskIdentifier(session.device.iccid))
  const shown = eid !== undefined ? words.thisPc(eid) : iccid === undefined ? undefined : words.thisSim(iccid)
  const frame = visit.frame('/portal/sign-in', {
    canCancel: session?.channel === 'webview',
    ...(notice === undefined ? {} : { notice }),
  })
  return visit.page(
    visit.portal.pages.signIn({ frame, form, ...(shown === undefined ? {} : { device: shown }) }),
    status,
  )
}
