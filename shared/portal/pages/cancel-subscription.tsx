import { stringsFor } from '../strings'
import type { CancelSubscriptionView } from '../views'
import { dayWords } from './format'
import { Page } from './layout'
import { Csrf, FrameNotice } from './parts'
import { renderDocument } from './render'

/** Asks once more before a subscription ends, and says what stays. */
export function renderCancelSubscription({ frame, planName, end, endsAt }: CancelSubscriptionView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page
      frame={frame}
      page="cancel-subscription"
      title={t.subscription.title}
      cancel={false}
      actions={
        <>
          <a class="button" href="/portal/account">
            {t.subscription.keep}
          </a>
          <form method="post" action={frame.path}>
            <Csrf frame={frame} />
            <button class="button primary" type="submit">
              {t.subscription.cancel}
            </button>
          </form>
        </>
      }
    >
      <div class="message">
        <h1>{t.subscription.title}</h1>
        <p class="plan-name">{t.subscription.what(planName, end)}</p>
        <p class="lead">{t.subscription.stays(dayWords(endsAt, frame.language))}</p>
        <FrameNotice frame={frame} />
      </div>
    </Page>,
  )
}
