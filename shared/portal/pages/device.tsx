import { stringsFor } from '../strings'
import type { DeviceReceivedView, DeviceView } from '../views'
import { Page } from './layout'
import { Csrf, ErrorSummary, Field, FrameNotice, Notice } from './parts'
import { renderDocument } from './render'

/** Seconds between looks for the identifiers, without script. */
const refreshSeconds = 10

/**
 * Which PC the eSIM is for: shared by Windows Settings, or typed. Both ways stay open at all times, as nothing tells the page that the
 * person refused (Windows "Request device identifiers").
 */
export function renderDevice({ frame, cellularIdLink, form, waiting, known }: DeviceView): string {
  const t = stringsFor(frame.language)
  return renderDocument(
    <Page
      frame={frame}
      page="device"
      title={t.device.title}
      script
      refreshAfter={waiting && known === undefined ? refreshSeconds : undefined}
      data={{ 'data-waiting': waiting ? 'yes' : undefined, 'data-state-path': '/portal/device/state' }}
      actions={
        <button class="button primary" type="submit" form="device">
          {t.next}
        </button>
      }
    >
      <h1>{t.device.title}</h1>
      <p class="lead">{t.device.lead}</p>
      <FrameNotice frame={frame} />
      <ErrorSummary form={form} t={t} fields={{ eid: { id: 'eid', label: t.device.eid }, imei: { id: 'imei' } }} />
      {known !== undefined && (
        <Notice kind="success" title={t.device.known}>
          {[
            [known.make, known.model].filter(Boolean).join(' '),
            known.eid && `EID ${known.eid}`,
            known.imei && `IMEI ${known.imei}`,
          ]
            .filter(Boolean)
            .join(' · ')}
        </Notice>
      )}
      <div class="columns">
        <section class="card" aria-labelledby="share">
          <h2 id="share">{t.device.share}</h2>
          <p>{t.device.shareText}</p>
          <p>
            <a class={known === undefined ? 'button primary' : 'button'} id="cellular-id" href={cellularIdLink}>
              {waiting || known !== undefined ? t.device.shareAgain : t.device.shareButton}
            </a>
          </p>
          <div role="status">
            <p id="waiting" class="busy" hidden={!waiting || known !== undefined}>
              {t.device.waiting}
            </p>
            <p id="waiting-help" hidden={!waiting || known !== undefined}>
              {t.device.waitingHelp}
            </p>
          </div>
          {waiting && (
            <p>
              <a href={frame.path}>{t.device.check}</a>
            </p>
          )}
        </section>
        <section class="card" aria-labelledby="manual">
          <h2 id="manual">{t.device.manual}</h2>
          <p>{t.device.manualText}</p>
          <form id="device" method="post" action="/portal/device" novalidate>
            <Csrf frame={frame} />
            <Field
              name="eid"
              label={t.device.eid}
              hint={t.form.eidHint}
              form={form}
              t={t}
              maxlength={48}
              numeric
              required={known === undefined}
            />
            <Field
              name="imei"
              label={t.device.imei}
              hint={t.form.imeiHint}
              form={form}
              t={t}
              maxlength={24}
              numeric
              required={false}
            />
          </form>
        </section>
      </div>
    </Page>,
  )
}

/** The return from Settings in a browser that does not hold our session: nothing of the account is shown here. */
export function renderDeviceReceived({ frame, ok }: DeviceReceivedView): string {
  const t = stringsFor(frame.language)
  const title = ok ? t.received.okTitle : t.received.badTitle
  return renderDocument(
    <Page frame={frame} page="device-received" title={title} cancel={false}>
      <div class="message">
        <h1>{title}</h1>
        <p class="lead">{ok ? t.received.ok : t.received.bad}</p>
        <FrameNotice frame={frame} />
      </div>
    </Page>,
  )
}
