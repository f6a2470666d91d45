import { stringsFor } from '../strings'
import type { MessageView } from '../views'
import { Page } from './layout'
import { FrameNotice } from './parts'
import { renderDocument } from './render'

/** Errors and dead ends: what happened, what to do, a way on; support beside what a person may not mend alone. */
export function renderMessage({ frame, kind, subject, nextPath, elsewhere }: MessageView): string {
  const t = stringsFor(frame.language)
  const { title, text } = t.message[kind]
  const identity = kind === 'identity-needed' || kind === 'identity-refused' || kind === 'identity-unknown'
  const support = identity || kind === 'sim-unusable' || kind === 'bad-launch' || kind === 'fault' || kind === 'busy'
  const again =
    kind === 'busy' ||
    kind === 'fault' ||
    kind === 'form-expired' ||
    kind === 'identity-unknown' ||
    kind === 'identity-needed'
  return renderDocument(
    <Page
      frame={frame}
      page="message"
      title={title}
      actions={
        <a class="button primary" href={nextPath ?? '/portal'}>
          {again ? t.tryAgain : kind === 'sim-unusable' ? t.nav.account : t.continue}
        </a>
      }
    >
      <div class="message">
        <h1>{title}</h1>
        <p class="lead">{text}</p>
        <FrameNotice frame={frame} />
        {subject !== undefined && (
          <p class="muted">
            {t.messageSubject}: {subject}
          </p>
        )}
        {elsewhere !== undefined && frame.channel === 'browser' && (
          <p>
            <a href={elsewhere}>{t.identityLink}</a>
          </p>
        )}
        {support && (
          <p>
            {t.support} <a href="/portal/help">{frame.operator.support.phone}</a>
          </p>
        )}
      </div>
    </Page>,
  )
}
