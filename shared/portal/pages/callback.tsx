import type { CallbackBlock } from '../client/page-data'
import { type Strings, stringsFor } from '../strings'
import type { CallbackView } from '../views'
import { planWords } from './format'
import { Page } from './layout'
import { FrameNotice } from './parts'
import { jsonBlock, renderDocument } from './render'

/** Seconds between the looks at the order while the app is at work. */
const statusSeconds = 5

/**
 * The page whose script calls the Mobile Plans app. The callback travels as data in a JSON block, never by text replacement, as `$$1`
 * in an activation code would not survive that.
 */
export function renderCallback(view: CallbackView): string {
  const { frame, kind, plan } = view
  const t = stringsFor(frame.language)
  const title = titleOf(t)[kind]
  const block: CallbackBlock = {
    callback: view.callback,
    token: view.token,
    nextPath: view.nextPath,
    texts: textsOf(t, kind),
    ...(view.reportPath === undefined ? {} : { reportPath: view.reportPath }),
    ...(frame.csrf === undefined ? {} : { csrf: frame.csrf }),
  }
  return renderDocument(
    <Page
      frame={frame}
      page="callback"
      title={title}
      script
      cancel={false}
      data={{
        'data-kind': kind,
        'data-status-path': view.status?.path,
        'data-version': view.status?.version,
        'data-refresh': view.status && statusSeconds,
      }}
      actions={
        <a class="button primary" id="next" href={view.nextPath}>
          {t.continue}
        </a>
      }
    >
      <div class="message">
        <h1>{title}</h1>
        {plan !== undefined && <p class="plan-name">{planWords(frame, plan).name}</p>}
        {kind === 'cancelled' && <p class="lead">{t.callback.cancelled}</p>}
        <FrameNotice frame={frame} />
        <p id="outcome" role="status" />
        <noscript>
          <p class="notice problem">{kind === 'balance' ? t.callback.balanceStays : t.callback.noscript}</p>
        </noscript>
      </div>
      <script type="application/json" id="callback">
        {jsonBlock(block)}
      </script>
    </Page>,
  )
}

const titleOf = ({ callback: c }: Strings) => ({
  'hand-over': c.handOverTitle,
  balance: c.balanceTitle,
  cancelled: c.cancelledTitle,
  'operation-cancel': c.operationTitle,
})

function textsOf({ callback: c }: Strings, kind: CallbackView['kind']): CallbackBlock['texts'] {
  const { working, already, installed, connected, problem } = c
  return { working, already, installed, connected, problem, ...outcomesOf(c, kind) }
}

/** What the script says once it has called the app, or found none. */
function outcomesOf(
  c: Strings['callback'],
  kind: CallbackView['kind'],
): Pick<CallbackBlock['texts'], 'sent' | 'noHost' | 'failed'> {
  switch (kind) {
    case 'hand-over':
      return { sent: c.sent, noHost: c.noHost, failed: c.failed }
    case 'balance':
      return { sent: c.balanceSent, noHost: c.balanceStays, failed: c.balanceStays }
    case 'cancelled':
    case 'operation-cancel':
      return { sent: c.sentCancel, noHost: c.noHostCancel, failed: c.noHostCancel }
  }
}
