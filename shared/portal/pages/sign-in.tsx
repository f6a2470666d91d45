import { stringsFor } from '../strings'
import type { SignInView } from '../views'
import { Page } from './layout'
import { Csrf, ErrorSummary, Field, FrameNotice } from './parts'
import { renderDocument } from './render'

/** Sign-in; the first page of a launch from the app. */
export function renderSignIn({ frame, form, device }: SignInView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page
      frame={frame}
      page="sign-in"
      title={t.signIn.title}
      actions={
        <button class="button primary" type="submit" form="sign-in">
          {t.signIn.submit}
        </button>
      }
    >
      <div class="narrow">
        <h1>{t.signIn.title}</h1>
        <p class="lead">{t.signIn.lead}</p>
        <FrameNotice frame={frame} />
        <ErrorSummary
          form={form}
          t={t}
          fields={{ email: { id: 'email', label: t.form.email }, password: { id: 'password', label: t.form.password } }}
        />
        <form class="card" id="sign-in" method="post" action="/portal/sign-in" novalidate>
          <Csrf frame={frame} />
          <Field
            name="email"
            type="email"
            label={t.form.email}
            autocomplete="username"
            form={form}
            t={t}
            maxlength={254}
          />
          <Field
            name="password"
            type="password"
            label={t.form.password}
            autocomplete="current-password"
            form={form}
            t={t}
          />
        </form>
        <p>
          {t.signIn.other} <a href="/portal/sign-up">{t.signIn.otherLink}</a>
        </p>
        {device !== undefined && (
          <p class="muted">
            {t.signIn.device}: {device}
          </p>
        )}
      </div>
    </Page>,
  )
}
