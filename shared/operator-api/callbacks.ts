/** Callbacks as a service, for operators who keep a portal of their own: facts in, the exact call out. */
import { bareActivationCode, lpaLink, qrText } from '../domain/activation-code'
import {
  asynchronousDownload,
  balanceAddition,
  type Callback,
  CallbackError,
  cancelledPurchase,
  delayedDownload,
  inlineDownload,
  operationCancel,
} from '../domain/callback'
import type { Iccid } from '../domain/identifiers'
import type { MetadataWrite } from '../domain/purchase-metadata'
import { activationListener, registrationListener } from '../portal/client/emit'
import { renderQr } from '../portal/qr'
import { type CallbackFault, type CallbackRequest, parseCallbackRequest } from './callback-request'
import { callbackScript } from './callback-script'

/** The call to make, in parts for those who write their own script, and as a script that does it. */
export interface CallbackAnswer {
  kind: Callback['kind']
  object: string
  method: string
  /** Writes to make, in order, on the object that `MobilePlans.createPurchaseMetaData()` gives. Empty for `operation-cancel`. */
  metadata: readonly MetadataWrite[]
  /** What follows the metadata object or, for `operation-cancel`, the operation. */
  arguments: readonly (string | number)[]
  /** `operation-cancel`: the id to fall back to where the page does not have the operation itself. */
  operationId?: string
  control: 'portal' | 'app'
  /** Names of functions on `window`, to be set on the object before the call; `null`: there is nothing to listen to. */
  listeners: { profileActivationCompleteScript: string; registrationChangedScript: string } | null
  /** Calls of older apps, tried in order where object or method are missing. `resultText`: no metadata object goes before it. */
  fallbacks: readonly { object: string; method: string; arguments: readonly (string | number)[]; resultText: boolean }[]
  script: string
  /** `lpa:` link and QR code for browsers outside the app, where there is an activation code. */
  lpaLink?: string
  qrSvg?: string
}

/**
 * Answers a request for a callback.
 *
 * @param client text of the build's `callback.js`
 */
export function createCallback(
  body: unknown,
  client: string,
): { ok: true; answer: CallbackAnswer } | { ok: false; fault: CallbackFault } {
  const parsed = parseCallbackRequest(body)
  if (!parsed.ok) return parsed
  const { request } = parsed
  try {
    return { ok: true, answer: answerOf(request, callbackOf(request), client) }
  } catch (error) {
    if (!(error instanceof CallbackError)) throw error
    const field = error.code === 'delay_unusable' ? 'delayMinutes' : 'activationCode'
    return { ok: false, fault: { field, message: `is unusable: ${error.message}` } }
  }
}

function callbackOf(request: CallbackRequest): Callback {
  switch (request.kind) {
    case 'inline-download':
      return inlineDownload({ ...request, end: 'complete' }, request.activationCode, olderOf(request))
    case 'delayed-download':
      return delayedDownload({ ...request, end: 'complete' }, request.activationCode, request.delayMinutes)
    case 'asynchronous-download': {
      const { activationCode, delayMinutes } = request
      return asynchronousDownload({ ...request, end: 'complete' }, activationCode, delayMinutes, olderOf(request))
    }
    case 'balance-addition': {
      const { activate, iccid } = request
      return balanceAddition({ ...request, end: 'complete' }, activate ? iccid : undefined, olderOf(request))
    }
    case 'cancelled-purchase':
      return cancelledPurchase(request, { transactionId: request.transactionId })
    case 'operation-cancel':
      return operationCancel(request.operationId)
  }
}

function olderOf({ transactionId, iccid }: { transactionId?: string | undefined; iccid?: Iccid | undefined }) {
  return { transactionId, iccid }
}

function answerOf(request: CallbackRequest, callback: Callback, client: string): CallbackAnswer {
  const { kind, object, method, control, listeners, args, fallbacks = [] } = callback
  const operationId = callback.kind === 'operation-cancel' ? callback.operationId : undefined
  return {
    kind,
    object,
    method,
    metadata: callback.kind === 'operation-cancel' ? [] : callback.metadata,
    arguments: args,
    ...(operationId === undefined ? {} : { operationId }),
    control,
    listeners: listeners
      ? { profileActivationCompleteScript: activationListener, registrationChangedScript: registrationListener }
      : null,
    fallbacks: fallbacks.map((call) => ({
      object: call.object,
      method: call.method,
      arguments: call.args,
      resultText: call.resultText === true,
    })),
    script: callbackScript(client, callback),
    ...('activationCode' in request ? outsideTheApp(request) : {}),
  }
}

function outsideTheApp({
  activationCode,
  qrTitle = 'QR code of the eSIM',
}: {
  activationCode: string
  qrTitle?: string | undefined
}) {
  const bare = bareActivationCode(activationCode)
  return { lpaLink: lpaLink(bare), qrSvg: renderQr(qrText(bare), qrTitle) }
}
