import { stringsFor } from '../strings'
import type { SignUpView } from '../views'
import { Page } from './layout'
import { Csrf, ErrorSummary, Field, FrameNotice } from './parts'
import { renderDocument } from './render'

/** A new account: three fields, one step. */
export function renderSignUp({ frame, form }: SignUpView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page
      frame={frame}
      page="sign-up"
      title={t.signUp.title}
      actions={
        <button class="button primary" type="submit" form="sign-up">
          {t.signUp.submit}
        </button>
      }
    >
      <div class="narrow">
        <h1>{t.signUp.title}</h1>
        <p class="lead">{t.signUp.lead}</p>
        <FrameNotice frame={frame} />
        <ErrorSummary
          form={form}
          t={t}
          fields={{
            name: { id: 'name', label: t.form.name },
            email: { id: 'email', label: t.form.email },
            password: { id: 'password', label: t.form.password },
          }}
        />
        <form class="card" id="sign-up" method="post" action="/portal/sign-up" novalidate>
          <Csrf frame={frame} />
          <Field name="name" label={t.form.name} autocomplete="name" form={form} t={t} maxlength={100} />
          <Field
            name="email"
            type="email"
            label={t.form.email}
            autocomplete="email"
            form={form}
            t={t}
            maxlength={254}
          />
          <Field
            name="password"
            type="password"
            label={t.form.password}
            hint={t.form.newPasswordHint}
            autocomplete="new-password"
            form={form}
            t={t}
          />
        </form>
        <p>
          {t.signUp.other} <a href="/portal/sign-in">{t.signUp.otherLink}</a>
        </p>
      </div>
    </Page>,
  )
}
