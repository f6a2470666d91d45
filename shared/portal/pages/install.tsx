import { raw } from 'hono/html'
import type { Strings } from '../strings'
import type { OrderView } from '../views'

/**
 * The ways to install in an ordinary browser, in the order in which they help: link on this PC, QR for another, the code by hand, its
 * two parts (Windows "Activate by link"; GSMA SGP.22 §4.1).
 */
export function InstallPanel({ install, t }: { install: NonNullable<OrderView['install']>; t: Strings }) {
  return (
    <section class="install" aria-labelledby="install">
      <h2 id="install" class="hidden">
        {t.install.title}
      </h2>
      <div class="card">
        <a class="button primary big" id="lpa" href={install.link}>
          {t.install.button}
        </a>
        <p class="muted">{t.install.buttonText}</p>
        <h3>{t.install.manualTitle}</h3>
        <p>{t.install.manual}</p>
        <p class="copy">
          <code id="code">{install.activationCode}</code>{' '}
          <button class="button" type="button" data-copy="code" data-copied={t.install.copied} hidden>
            {t.install.copy}
          </button>
        </p>
        <details>
          <summary>{t.install.parts}</summary>
          <dl class="facts">
            <div>
              <dt>{t.install.smdp}</dt>
              <dd>
                <code>{install.smdpAddress}</code>
              </dd>
            </div>
            <div>
              <dt>{t.install.matchingId}</dt>
              <dd>
                <code>{install.matchingId}</code>
              </dd>
            </div>
          </dl>
        </details>
      </div>
      <div class="card qr">
        <h3>{t.install.otherTitle}</h3>
        {raw(install.qrSvg)}
        <p>{t.install.qr}</p>
        <p class="muted">{t.install.secret}</p>
      </div>
    </section>
  )
}
