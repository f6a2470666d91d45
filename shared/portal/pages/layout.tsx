import type { Child } from 'hono/jsx'
import { type Strings, stringsFor } from '../strings'
import type { Frame } from '../views'
import { languageName } from './format'
import { CancelForm, Csrf } from './parts'

/** What a page hands to its frame. */
interface PageProps {
  frame: Frame
  /** Kind of page, read by the client script from `data-page`. */
  page: string
  /** Goes into the window's title, before the brand. */
  title: string
  /** Whether the page's own work needs the client script. */
  script?: boolean
  /** Seconds after which a browser without script loads the page again. */
  refreshAfter?: number | undefined
  /** Further `data-…` attributes for the script. */
  data?: Readonly<Record<string, string | number | undefined>>
  /** Buttons at the bottom right, after Cancel. */
  actions?: Child
  /** False where the page offers its own way to cancel. */
  cancel?: boolean
  children?: Child
}

/**
 * The frame that all pages share: brand top left, content in the centre, buttons bottom right, navigation at the bottom (Mobile Plans
 * documentation, appendix "portal pages").
 *
 * In the webview every signed-in page loads the script: the app may report on a download whatever page is shown by then.
 */
export function Page(props: PageProps) {
  const { frame, page, title } = props
  const t = stringsFor(frame.language)
  const { brand } = frame.operator
  const script = props.script || (frame.channel === 'webview' && frame.signedInAs !== undefined)
  const cancel = frame.canCancel && props.cancel !== false
  return (
    <html lang={t.language}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} – ${brand.name}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="stylesheet" href={frame.assets.css} />
        <link rel="icon" href={frame.assets.logo} />
        {props.refreshAfter !== undefined && (
          <noscript>
            <meta http-equiv="refresh" content={String(Math.max(1, Math.round(props.refreshAfter)))} />
          </noscript>
        )}
        {script && <script defer src={frame.assets.js} />}
      </head>
      <body data-page={page} data-path={frame.path} {...props.data}>
        <a class="skip" href="#main">
          {t.skip}
        </a>
        <header>
          <a class="brand" href={frame.signedInAs === undefined ? '/portal' : '/portal/options'}>
            <img src={frame.assets.logo} alt={brand.name} height="32" />
          </a>
          {frame.signedInAs !== undefined && <span class="who">{frame.signedInAs}</span>}
        </header>
        <main id="main" tabindex={-1}>
          {props.children}
          {(cancel || props.actions) && (
            <div class="actions">
              {cancel && <CancelForm frame={frame} t={t} />}
              {props.actions}
            </div>
          )}
        </main>
        <Footer frame={frame} t={t} />
      </body>
    </html>
  )
}

function Footer({ frame, t }: { frame: Frame; t: Strings }) {
  const join = frame.path.includes('?') ? '&' : '?'
  const others = frame.operator.languages.filter((tag) => tag !== frame.language)
  return (
    <footer>
      <nav aria-label={t.nav.label}>
        <ul>
          {frame.signedInAs !== undefined && (
            <li>
              <a href="/portal/account">{t.nav.account}</a>
            </li>
          )}
          <li>
            <a href="/portal/help">{t.nav.help}</a>
          </li>
          <li>
            <a href="/portal/terms">{t.nav.terms}</a>
          </li>
          <li>
            <a href="/portal/privacy">{t.nav.privacy}</a>
          </li>
          {others.map((tag) => (
            <li>
              <a href={`${frame.path}${join}lang=${encodeURIComponent(tag)}`} lang={tag} hreflang={tag}>
                {languageName(tag)}
              </a>
            </li>
          ))}
          {frame.signedInAs !== undefined && (
            <li>
              <form method="post" action="/portal/sign-out">
                <Csrf frame={frame} />
                <button class="link" type="submit">
                  {t.nav.signOut}
                </button>
              </form>
            </li>
          )}
        </ul>
      </nav>
      {frame.reference !== undefined && (
        <p class="reference">
          {t[frame.reference.of]} {frame.reference.text}
        </p>
      )}
    </footer>
  )
}
