import { headerCode } from '../lpa-errors'
import type { Operation } from '../model'
import { button, draw, h, post } from './dom'
import type { Snapshot } from './snapshot'

/** Dialogs and messages of Windows that lie over the app window. */
export function overlays(base: () => string) {
  const progress = h('div', { class: 'progress-place' })
  const dialogs = h('div', { class: 'dialog-place' })
  const toasts = h('div', { class: 'toast-place', role: 'status' })
  const closed = new Set<string>()
  let last: Snapshot | undefined

  function show(state: Snapshot): void {
    last = state
    const busy = state.operations.filter(
      (each) => ['downloading', 'installing', 'activating'].includes(each.phase) && each.kind !== 'asynchronous',
    )
    draw(progress, busy, () => busy.map(progressPopup))
    const failed = state.operations.filter(
      (each) => each.phase === 'failed' && each.kind !== 'balance' && !closed.has(failureKey(each)),
    )
    const drewDialog = draw(dialogs, [state.consent, state.addProfile, failed], () => [
      state.consent !== undefined && consentDialog(state),
      state.addProfile !== undefined && addProfileDialog(state),
      ...failed.slice(-1).map(failureDialog),
    ])
    if (drewDialog) dialogs.querySelector<HTMLElement>('.primary, button')?.focus()
    const due = state.operations.filter(
      (each) => ['toast', 'waiting', 'waiting-to-register'].includes(each.phase) && !closed.has(each.id + each.phase),
    )
    draw(toasts, due, () => due.map(toast))
  }

  function progressPopup(operation: Operation): HTMLElement {
    const { doneKB, totalKB } = operation.progress ?? { doneKB: 0, totalKB: 0 }
    const text =
      totalKB === 0 ? 'Looking for your eSIM profile…' : `Installing eSIM profile (${doneKB} KB of ${totalKB} KB)`
    return h(
      'div',
      { class: 'popup' },
      h('p', {}, text),
      h('progress', { max: Math.max(totalKB, 1), value: doneKB, 'aria-label': 'Download' }),
    )
  }

  function dialog(title: string, body: (Node | string | false)[], buttons: HTMLElement[]): HTMLElement {
    return h(
      'div',
      { class: 'dialog', role: 'dialog', 'aria-label': title },
      h('h2', {}, title),
      ...body,
      h('div', { class: 'buttons' }, ...buttons),
    )
  }

  function consentDialog({ consent, settings, profiles }: Snapshot): HTMLElement {
    const answer = (allow: boolean) => post(`${base()}/consent`, { allow })
    if (consent?.problem !== undefined)
      return dialog(
        'Cellular Device Identifiers',
        [h('p', {}, consent.problem)],
        [button('Close', () => answer(false), { class: 'primary' })],
      )
    const all: Record<string, string> = {
      eid: settings.sim === 'physical' ? '' : settings.eid,
      imei: settings.imei,
      iccid: profiles.find((profile) => profile.active)?.iccid ?? '',
      make: settings.make,
      model: settings.model,
    }
    const shown = consent?.callbackUrl === undefined ? Object.keys(all) : consent.placeholders
    const site = consent?.callbackUrl === undefined ? '' : new URL(consent.callbackUrl).host
    const rows = shown.flatMap((name) => [
      h('dt', {}, name.toUpperCase()),
      h('dd', {}, all[name] === '' ? 'not available' : (all[name] ?? '')),
    ])
    if (site === '')
      return dialog(
        'Cellular Device Identifiers',
        [h('dl', {}, ...rows)],
        [button('Close', () => answer(false), { class: 'primary' })],
      )
    return dialog(
      'Cellular Device Identifiers',
      [
        h('p', {}, `${site} asks for information about this PC to set up an eSIM.`),
        h('dl', {}, ...rows),
        consent?.warning !== undefined && h('p', { class: 'warning' }, consent.warning),
      ],
      [
        button('Share', () => answer(true), { class: 'primary' }),
        button('Cancel', () => answer(false), { class: 'secondary' }),
      ],
    )
  }

  function addProfileDialog({ addProfile }: Snapshot): HTMLElement {
    const answer = (allow: boolean) => post(`${base()}/lpa`, { allow })
    const code = h('p', { class: 'code' }, addProfile?.activationCode ?? '')
    if (addProfile?.problem !== undefined)
      return dialog(
        'Add eSIM profile',
        [code, h('p', {}, `This activation code can't be used: ${addProfile.problem}.`)],
        [button('Close', () => answer(false), { class: 'primary' })],
      )
    return dialog(
      'Add eSIM profile',
      [
        h('p', {}, 'Settings › Network & internet › Cellular › eSIM profiles'),
        code,
        h('p', {}, 'Download and install this profile?'),
      ],
      [
        button('Add', () => answer(true), { class: 'primary' }),
        button('Cancel', () => answer(false), { class: 'secondary' }),
      ],
    )
  }

  function failureDialog(operation: Operation): HTMLElement {
    const close = () => {
      closed.add(failureKey(operation))
      if (last !== undefined) show(last)
    }
    const code = operation.error === undefined ? 'Other' : headerCode(operation.error)
    return dialog(
      "Can't complete your order",
      [
        h('p', {}, 'Something went wrong while the profile was being installed.'),
        h('p', { class: 'code' }, code === 'Other' ? (operation.error ?? code) : code),
      ],
      [
        button('Try again', () => post(`${base()}/retry`, { operationId: operation.id }), { class: 'primary' }),
        button('Close', close, { class: 'secondary' }),
      ],
    )
  }

  function toast(operation: Operation): HTMLElement {
    const dismiss = () => {
      closed.add(operation.id + operation.phase)
      if (last !== undefined) show(last)
    }
    const at = operation.dueAt === undefined ? '' : new Date(operation.dueAt).toLocaleTimeString()
    const plan = operation.planName === '' ? 'Your plan' : operation.planName
    const later = button('Dismiss', dismiss, { class: 'secondary' })
    if (operation.phase === 'toast') {
      const accept = button('Download now', () => post(`${base()}/toast/accept`, { operationId: operation.id }), {
        class: 'primary',
      })
      return h(
        'div',
        { class: 'toast' },
        h('strong', {}, 'Your eSIM profile is ready'),
        h('p', {}, plan),
        h('div', { class: 'buttons' }, accept, later),
      )
    }
    const text =
      operation.phase === 'waiting'
        ? `A profile will be ready at ${at}. We'll let you know.`
        : `Your line starts at ${at}. Windows connects by itself.`
    return h('div', { class: 'toast' }, h('strong', {}, plan), h('p', {}, text), h('div', { class: 'buttons' }, later))
  }

  return { progress, dialogs, toasts, show }
}

const failureKey = (operation: Operation) => `${operation.id}failed${operation.error ?? ''}`
