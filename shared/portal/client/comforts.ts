/** Small comforts that every page with the script has; each works without it too, only less well. */

import { byId } from './dom'

/** Milliseconds after which a form that seems stuck may be sent again. */
const resendAfter = 10_000

/** A second click on Buy, Install or Cancel sends nothing twice. */
export function sendFormsOnce(): void {
  document.addEventListener('submit', ({ target }) => {
    const buttons = Array.from<HTMLButtonElement>(Object(target).elements).filter(({ type }) => type === 'submit')
    const disable = (disabled: boolean) => {
      for (const button of buttons) button.disabled = disabled
    }
    setTimeout(disable, 0, true) // after the browser has collected the fields
    setTimeout(disable, resendAfter, false) // for a page that came back from the history, too
  })
}

/** Times in the person's own zone; the server wrote UTC. */
export function showLocalTimes(): void {
  document.querySelectorAll<HTMLTimeElement>('time[data-local]').forEach((time) => {
    time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, {
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
    })
  })
}

/** Copy buttons, hidden without script. */
export function offerCopy(): void {
  document.querySelectorAll<HTMLButtonElement>('[data-copy]').forEach((button) => {
    const source = byId(button.dataset.copy || '')
    if (!source) return
    button.hidden = false
    button.addEventListener('click', () => {
      getSelection()?.selectAllChildren(source)
      if (document.execCommand('copy')) button.textContent = button.dataset.copied || ''
    })
  })
}
