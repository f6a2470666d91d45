/** The two pages at the portal's door: sign-in and sign-up. */
import type { Child } from 'hono/jsx'
import { type Strings, stringsFor } from '../strings'
import type { FormState, SignInView, SignUpView } from '../views'
import { Page } from './layout'
import { Csrf, ErrorSummary, Field, type FieldProps, FrameNotice } from './parts'
import { renderDocument } from './render'

/** Sign-in; the first page of a launch from the app. */
export function renderSignIn({ frame, form, device }: SignInView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <EntryPage
      frame={frame}
      form={form}
      page="sign-in"
      other="sign-up"
      texts={t.signIn}
      fields={[emailField(t, 'username'), { ...passwordField(t), autocomplete: 'current-password' }]}
    >
      {device !== undefined && (
        <p class="muted">
          {t.signIn.device}: {device}
        </p>
      )}
    </EntryPage>,
  )
}

/** A new account: three fields, one step. */
export function renderSignUp({ frame, form }: SignUpView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <EntryPage
      frame={frame}
      form={form}
      page="sign-up"
      other="sign-in"
      texts={t.signUp}
      fields={[
        { name: 'name', label: t.form.name, autocomplete: 'name', maxlength: 100 },
        emailField(t, 'email'),
        { ...passwordField(t), hint: t.form.newPasswordHint, autocomplete: 'new-password' },
      ]}
    />,
  )
}

type EntryField = Omit<FieldProps, 'form' | 't'>

function emailField(t: Strings, autocomplete: 'username' | 'email'): EntryField {
  return { name: 'email', type: 'email', label: t.form.email, autocomplete, maxlength: 254 }
}

function passwordField(t: Strings): EntryField {
  return { name: 'password', type: 'password', label: t.form.password }
}

/** One narrow form that posts to its own address, and the way to the other page. */
function EntryPage(props: {
  frame: SignInView['frame']
  form: FormState
  page: 'sign-in' | 'sign-up'
  other: 'sign-in' | 'sign-up'
  texts: Strings['signUp']
  fields: readonly EntryField[]
  children?: Child
}) {
  const { frame, form, page, texts, fields } = props
  const t = stringsFor(frame.language)
  return (
    <Page
      frame={frame}
      page={page}
      title={texts.title}
      actions={
        <button class="button primary" type="submit" form={page}>
          {texts.submit}
        </button>
      }
    >
      <div class="narrow">
        <h1>{texts.title}</h1>
        <p class="lead">{texts.lead}</p>
        <FrameNotice frame={frame} />
        <ErrorSummary
          form={form}
          t={t}
          fields={Object.fromEntries(fields.map(({ name, label }) => [name, { id: name, label }]))}
        />
        <form class="card" id={page} method="post" action={`/portal/${page}`} novalidate>
          <Csrf frame={frame} />
          {fields.map((field) => (
            <Field {...field} form={form} t={t} />
          ))}
        </form>
        <p>
          {texts.other} <a href={`/portal/${props.other}`}>{texts.otherLink}</a>
        </p>
        {props.children}
      </div>
    </Page>
  )
}
