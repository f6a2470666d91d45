import type { Child } from 'hono/jsx'
import { type LocalParagraphs, localEntry } from '../../domain/local-text'
import { type Strings, stringsFor } from '../strings'
import type { Frame, TextView } from '../views'
import { inLanguage } from './format'
import { Page } from './layout'
import { Facts, FrameNotice } from './parts'
import { renderDocument } from './render'

/** Terms, privacy and help; readable by anyone, inside the portal. */
export function renderText({ frame, page }: TextView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page frame={frame} page="text" title={t.text[page]}>
      <article class="prose">
        <h1>{t.text[page]}</h1>
        <FrameNotice frame={frame} />
        {page === 'help' ? (
          <Help frame={frame} t={t} />
        ) : (
          <Paragraphs frame={frame} text={frame.operator.legal[page]} />
        )}
        {page === 'terms' && frame.operator.legal.withdrawal !== undefined && (
          <section id="withdrawal" aria-labelledby="withdrawal-title">
            <h2 id="withdrawal-title">{t.review.refund}</h2>
            <Paragraphs frame={frame} text={frame.operator.legal.withdrawal} />
          </section>
        )}
      </article>
    </Page>,
  )
}

function Paragraphs({ frame, text }: { frame: Frame; text: LocalParagraphs }) {
  const paragraphs: readonly string[] = localEntry(text, frame.language, frame.operator.defaultLanguage) ?? []
  return (
    <>
      {paragraphs.map((paragraph) => (
        <p>{paragraph}</p>
      ))}
    </>
  )
}

function Help({ frame, t }: { frame: Frame; t: Strings }) {
  const { email, phone, hours, url } = frame.operator.support
  // In the app's webview another site would open inside the purchase, and the walled garden may not reach it.
  const web: Child | undefined = url === undefined || frame.channel === 'webview' ? url : <a href={url}>{url}</a>
  return (
    <>
      <section class="card" aria-labelledby="contact">
        <h2 id="contact">{t.text.contact}</h2>
        <Facts
          facts={[
            [t.text.phone, <a href={`tel:${phone.replace(/[^+0-9]/g, '')}`}>{phone}</a>],
            [t.text.email, <a href={`mailto:${email}`}>{email}</a>],
            [t.text.hours, inLanguage(frame, hours)],
            [t.text.web, web],
          ]}
        />
        <p class="muted">{t.text.quote}</p>
      </section>
      {t.text.questions.map(({ question, answer }) => (
        <section>
          <h2>{question}</h2>
          <p>{answer}</p>
        </section>
      ))}
    </>
  )
}
