import { stringsFor } from '../strings'
import type { WelcomeView } from '../views'
import { Page } from './layout'
import { FrameNotice } from './parts'
import { PlanFace } from './plan-tile'
import { renderDocument } from './render'

/** The portal without launch parameters: what is on offer, and the way to sign in. */
export function renderWelcome({ frame, plans }: WelcomeView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page
      frame={frame}
      page="welcome"
      title={t.welcome.title}
      actions={
        <>
          <a class="button" href="/portal/sign-up">
            {t.welcome.signUp}
          </a>
          <a class="button primary" href="/portal/sign-in">
            {t.welcome.signIn}
          </a>
        </>
      }
    >
      <h1>{t.welcome.title}</h1>
      <p class="lead">{t.welcome.lead}</p>
      <FrameNotice frame={frame} />
      {plans.length > 0 && (
        <section aria-label={t.welcome.plans}>
          <ul class="tiles">
            {plans.map((plan) => (
              <li class="tile">
                <PlanFace frame={frame} t={t} plan={plan} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </Page>,
  )
}
