import * as v from 'valibot'
import { parseBody, readForm, readJson } from './body'
import { Refusal } from './refusal'
import { comesFromElsewhere, csrfMatches } from './session/csrf'
import type { Visit } from './visit'

const withToken = v.object({ csrf: v.pipe(v.string(), v.maxLength(200)) })

/**
 * What a form of ours sent, checked: from our own page, of this session, in the shape of `schema`.
 *
 * @param nextPath where the person may start again when the form is too old
 * @throws {Refusal} with the page to show instead
 */
export async function readPost<S extends v.GenericSchema>(
  visit: Visit,
  schema: S,
  nextPath?: string,
): Promise<v.InferOutput<S>> {
  refuseOtherSites(visit)
  const form = await readForm(visit.request)
  checkToken(visit, form, nextPath)
  return parseBody(schema, form)
}

/** The same for what our script sends as JSON. */
export async function readReport<S extends v.GenericSchema>(visit: Visit, schema: S): Promise<v.InferOutput<S>> {
  refuseOtherSites(visit)
  const body = await readJson(visit.request)
  checkToken(visit, body)
  return parseBody(schema, body)
}

/** Text of a form's field: absent counts as empty. `longest` is in characters; our own pages never send more. */
export const field = (longest: number) => v.optional(v.pipe(v.string(), v.maxLength(longest), v.trim()), '')

function checkToken(visit: Visit, body: unknown, nextPath?: string): void {
  const way = nextPath === undefined ? {} : { nextPath }
  if (!visit.session) {
    throw nextPath === undefined
      ? new Refusal('session-ended', 403, { nextPath: '/portal/sign-in' })
      : new Refusal('form-expired', 403, way)
  }
  const parsed = v.safeParse(withToken, body)
  if (!parsed.success || !csrfMatches(visit.session.value.csrf, parsed.output.csrf)) {
    throw new Refusal('form-expired', 403, way)
  }
}

function refuseOtherSites(visit: Visit): void {
  const { headers } = visit.request
  // A proxy that speaks for us names the host it was asked for. A page of another site cannot set that header.
  const forwarded = headers.get('x-forwarded-host')
  const own = [
    visit.portal.publicUrl,
    visit.url.origin,
    ...(forwarded === null ? [] : [`https://${forwarded}`, `http://${forwarded}`]),
  ]
  if (comesFromElsewhere(headers, own)) throw new Refusal('form-expired', 403)
}
