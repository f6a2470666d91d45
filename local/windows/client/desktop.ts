import { button, draw, h, post } from './dom'
import { overlays } from './overlays'
import type { Snapshot } from './snapshot'

const signal = { none: '✕', deregistered: '✕', searching: '…', denied: '✕', home: '', roaming: 'R', partner: 'R' }

/** The PC's screen: one window with the portal, what Windows lays over it, and the task bar with the network flyout. */
export function desktop(base: () => string, launchPath: () => string) {
  let state: Snapshot | undefined
  let flyoutOpen = false
  const over = overlays(base)
  const address = h('span', { class: 'address' })
  const bar = h('div', { class: 'window-bar' })
  const content = h('div', { class: 'window-content' })
  const second = h('div', { class: 'second-place' })
  const flyout = h('div', { class: 'flyout-place' })
  const networkButton = button('', toggleFlyout, { class: 'network', 'aria-expanded': 'false' })
  const appButton = button('Mobile Plans', toGateway, { class: 'task' })
  let frame: HTMLIFrameElement | undefined

  function open(): void {
    closeFlyout()
    frame = h('iframe', {
      title: state?.settings.channel === 'browser' ? 'Browser window' : 'Mobile Plans portal',
      src: launchPath(),
      onload: showAddress,
    })
    content.replaceChildren(frame)
    frame.focus()
  }
  function showAddress(): void {
    const location = frame?.contentWindow?.location
    address.textContent = location === undefined ? '' : location.host + location.pathname
  }
  function gateway(): void {
    frame = undefined
    const browser = state?.settings.channel === 'browser'
    const page = browser
      ? [
          h('h2', {}, 'Edge on Windows 11'),
          h(
            'p',
            {},
            "The person has followed a link to the operator's page. Nothing is known of the PC until they share it.",
          ),
        ]
      : [
          h('h2', {}, 'Connect with a data plan'),
          h('p', {}, "You're going to the website of a mobile operator. Their terms and privacy policy apply there."),
        ]
    content.replaceChildren(
      h(
        'div',
        { class: 'gateway' },
        ...page,
        button(browser ? 'Open the portal' : 'Continue', open, { class: 'primary' }),
      ),
    )
  }
  function back(): void {
    frame?.contentWindow?.history.back()
  }
  function leave(): void {
    if (frame === undefined) return
    if (state?.settings.channel === 'browser') return gateway()
    const close = (): void => ask.remove()
    const yes: HTMLButtonElement = button(
      'Leave',
      async () => {
        close()
        await post(`${base()}/leave`)
        gateway()
      },
      { class: 'primary' },
    )
    const ask: HTMLElement = h(
      'div',
      { class: 'dialog', role: 'dialog', 'aria-label': 'Leave the third party website?' },
      h('h2', {}, 'Leave the third party website?'),
      h('p', {}, 'The portal is not told.'),
      h('div', { class: 'buttons' }, yes, button('Cancel', close, { class: 'secondary' })),
    )
    over.dialogs.append(ask)
    yes.focus()
  }

  async function toggleFlyout(): Promise<void> {
    flyoutOpen = !flyoutOpen
    showFlyout()
    if (flyoutOpen) await post(`${base()}/flyout`)
  }
  function closeFlyout(): void {
    flyoutOpen = false
    showFlyout()
  }
  function showFlyout(): void {
    networkButton.setAttribute('aria-expanded', String(flyoutOpen))
    draw(flyout, [flyoutOpen, state?.flyout, state?.registration], () => {
      if (!flyoutOpen || state === undefined) return []
      const elements = state.flyout?.elements ?? []
      const balance = elements.find((each) => each.id === 'C')
      const links = elements.filter((each) => each.id !== 'C').map((each) => button(each.text, open, { class: 'link' }))
      return [
        h(
          'div',
          { class: 'flyout', role: 'region', 'aria-label': 'Network flyout' },
          h('strong', {}, 'Cellular'),
          h('p', { class: 'balance' }, balance?.text ?? registrationText(state)),
          ...links,
          state.flyout?.note !== undefined && h('p', { class: 'note' }, state.flyout.note),
        ),
      ]
    })
  }

  function typeCode(): void {
    const input = h('input', {
      id: 'typed-code',
      type: 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: '1$smdp.example.net$…',
    })
    const close = (): void => box.remove()
    const next = async () => {
      await post(`${base()}/lpa`, { activationCode: input.value.trim().replace(/^lpa:/i, '') })
      close()
    }
    const box: HTMLElement = h(
      'div',
      { class: 'dialog', role: 'dialog', 'aria-label': 'Add eSIM profile' },
      h('h2', {}, 'Add eSIM profile'),
      h('label', { for: 'typed-code' }, 'Activation code'),
      input,
      h(
        'div',
        { class: 'buttons' },
        button('Next', next, { class: 'primary' }),
        button('Cancel', close, { class: 'secondary' }),
      ),
    )
    over.dialogs.append(box)
    input.focus()
  }

  function show(next: Snapshot): void {
    const fresh = state?.id !== next.id
    state = next
    const browser = next.settings.channel === 'browser'
    draw(bar, [browser], () => [
      button('←', back, { class: 'icon', 'aria-label': 'Back' }),
      browser
        ? button('⟳', () => frame?.contentWindow?.location.reload(), { class: 'icon', 'aria-label': 'Reload' })
        : undefined,
      browser ? address : h('span', { class: 'window-title' }, appIcon(), 'Mobile Plans'),
      button('✕', leave, { class: 'icon', 'aria-label': 'Close' }),
    ])
    draw(appButton, [browser], () => (browser ? ['Browser'] : [appIcon(), 'Mobile Plans']))
    if (fresh) {
      second.replaceChildren()
      gateway()
    }
    over.show(next)
    showFlyout()
    draw(networkButton, next.registration, () => [bars(next), h('span', {}, registrationText(next))])
  }

  return {
    element: h(
      'section',
      { class: 'desktop', 'aria-label': 'Simulated PC' },
      h('div', { class: 'window' }, bar, h('div', { class: 'window-body' }, content, over.progress, over.dialogs)),
      second,
      over.toasts,
      flyout,
      h(
        'div',
        { class: 'taskbar' },
        appButton,
        button('Settings: add eSIM by code', typeCode, { class: 'task' }),
        h('span', { class: 'spring' }),
        networkButton,
      ),
    ),
    show,
    /** The default browser is another one: a second window without the cookies of the first, by the machine's other name. */
    openElsewhere(url: string): void {
      const other = new URL(url)
      other.hostname = other.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
      second.replaceChildren(
        h(
          'div',
          { class: 'window second' },
          h(
            'div',
            { class: 'window-bar' },
            h('span', { class: 'address' }, 'Another browser'),
            button('✕', () => second.replaceChildren(), { class: 'icon', 'aria-label': 'Close the second window' }),
          ),
          h('iframe', { title: 'Another browser', src: other.href }),
        ),
      )
    },
  }

  function toGateway(): void {
    closeFlyout()
    gateway()
  }
}

function appIcon(): HTMLElement {
  return h('span', { class: 'bars on app-icon', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'), h('i'))
}

function bars(state: Snapshot): HTMLElement {
  const on = ['home', 'roaming', 'partner'].includes(state.registration.state)
  return h(
    'span',
    { class: on ? 'bars on' : 'bars', 'aria-hidden': 'true' },
    h('i'),
    h('i'),
    h('i'),
    h('i'),
    signal[state.registration.state],
  )
}

function registrationText({ registration, profiles }: Snapshot): string {
  switch (registration.state) {
    case 'home':
      return 'Connected'
    case 'roaming':
    case 'partner':
      return 'Connected, roaming'
    case 'searching':
      return 'Searching…'
    case 'denied':
      return 'Not allowed on the network'
    case 'none':
    case 'deregistered':
      return profiles.length === 0 ? 'No SIM profile' : 'Not connected'
  }
}
