import * as v from 'valibot'
import { normaliseEmail } from '../accounts/email'
import { passwordProblem } from '../accounts/password-rules'
import { introduceSubscriber } from '../accounts/subscribers'
import { field, readPost } from '../post'
import type { FormState } from '../views'
import type { Visit } from '../visit'
import { wordsFor } from '../words'
import type { Route } from './route'
import { enter } from './sign-in'

const signUpForm = v.object({
  name: field(1000),
  email: field(1000),
  password: v.optional(v.pipe(v.string(), v.maxLength(1000)), ''),
})

const longestName = 100

/** `/portal/sign-up` */
export const signUpRoute: Route = {
  path: '/portal/sign-up',

  async GET(visit) {
    if (visit.subscriberId !== undefined) return visit.redirect('/portal/options')
    await visit.formSession()
    return render(visit, { values: {}, errors: {} }, 200)
  },

  async POST(visit) {
    const form = await readPost(visit, signUpForm, '/portal/sign-up')
    const values = { name: form.name, email: form.email }
    const errors = errorsOf(visit, form)
    if (Object.keys(errors).length > 0) return render(visit, { values, errors }, 422)
    const result = await visit.portal.accounts.signUp(form.email, form.password, visit.now)
    visit.log.info('portal.sign_up', { result: result.ok ? (result.created ? 'created' : 'existing') : result.reason })
    if (!result.ok) {
      // Says neither that the address is known nor that it is not.
      const error = result.reason === 'locked' ? 'too-many' : wordsFor(visit.language).accountNotMade
      return render(visit, { values, errors: { email: error } }, result.reason === 'locked' ? 429 : 422)
    }
    await introduceSubscriber(visit.portal.documents, {
      id: result.subscriberId,
      name: form.name,
      email: form.email,
      language: visit.language,
    })
    return enter(visit, result, form.email)
  },
}

function errorsOf(visit: Visit, form: v.InferOutput<typeof signUpForm>): Record<string, string> {
  const errors: Record<string, string> = {}
  if (form.name === '') errors.name = 'required'
  if (form.name.length > longestName) errors.name = 'required'
  if (form.email === '') errors.email = 'required'
  else if (normaliseEmail(form.email) === undefined) errors.email = 'email'
  if (form.password === '') errors.password = 'required'
  else {
    const problem = passwordProblem(form.password, [form.email, form.name, visit.portal.operator.brand.name])
    if (problem === 'password-known') errors.password = wordsFor(visit.language).passwordKnown
    else if (problem !== undefined) errors.password = problem
  }
  return errors
}

function render(visit: Visit, form: FormState, status: number): Response {
  const frame = visit.frame('/portal/sign-up', { canCancel: visit.session?.value.channel === 'webview' })
  return visit.page(visit.portal.pages.signUp({ frame, form }), status)
}
