import { isEid, isIccid, isImei, randomEid, randomIccid, randomImei } from '../identifiers'
import { allErrors, headerCode } from '../lpa-errors'
import type { SettingsInput } from '../settings'
import { button, h, run } from './dom'

const storageKey = 'windows-simulator-form'
const chance = (below: number) => crypto.getRandomValues(new Uint32Array(1)).reduce((_, value) => value % below, 0)

type Option = [value: string, label: string]

function remembered(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Record<string, string>
  } catch {
    return {}
  }
}

/** The form that describes the PC; `start` gets checked settings. */
export function deviceForm(start: (settings: SettingsInput) => unknown): {
  element: HTMLElement
  settings: () => SettingsInput
} {
  const saved = remembered()
  const fields = new Map<string, HTMLInputElement | HTMLSelectElement>()

  function field(
    name: string,
    label: string,
    control: HTMLInputElement | HTMLSelectElement,
    ...after: HTMLElement[]
  ): HTMLElement {
    control.name = name
    control.id = `field-${name}`
    const value = saved[name]
    if (control instanceof HTMLInputElement && control.type === 'checkbox') control.checked = value === 'yes'
    else if (value !== undefined) control.value = value
    fields.set(name, control)
    return h(
      'div',
      { class: control.type === 'checkbox' ? 'field check' : 'field' },
      h('label', { for: control.id }, label),
      h('div', { class: 'control' }, control, ...after),
    )
  }
  const text = (
    name: string,
    label: string,
    value: string,
    props: Record<string, string> = {},
    ...after: HTMLElement[]
  ) =>
    field(
      name,
      label,
      h('input', { type: 'text', value, autocomplete: 'off', spellcheck: 'false', ...props }),
      ...after,
    )
  const choice = (name: string, label: string, options: Option[]) =>
    field(name, label, h('select', {}, ...options.map(([value, shown]) => h('option', { value }, shown))))
  const check = (name: string, label: string) => field(name, label, h('input', { type: 'checkbox' }))
  const random = (name: string, make: () => string) =>
    button('Random', () => setField(name, make()), { class: 'quiet', 'aria-label': `Random ${name.toUpperCase()}` })

  function setField(name: string, value: string): void {
    const control = fields.get(name)
    if (control === undefined) return
    control.value = value
    validate()
  }
  const textOf = (name: string) => fields.get(name)?.value.trim() ?? ''
  const checked = (name: string) => {
    const control = fields.get(name)
    return control instanceof HTMLInputElement && control.checked
  }
  const iccids = () =>
    textOf('iccids')
      .split(/[\s,]+/)
      .filter((part) => part !== '')

  function validate(): boolean {
    const problem = (name: string, message: string) => {
      const control = fields.get(name)
      control?.setCustomValidity(message)
      control?.setAttribute('aria-invalid', String(message !== ''))
    }
    problem('eid', isEid(textOf('eid')) ? '' : '32 digits with right check digits (mod 97 = 1)')
    problem('imei', isImei(textOf('imei')) ? '' : '15 digits with the right check digit')
    problem('iccids', iccids().every(isIccid) ? '' : '18 to 20 digits each, separated by commas')
    const sim = textOf('sim')
    form.dataset.sim = sim
    form.dataset.channel = textOf('channel')
    return form.checkValidity()
  }

  function settings(): SettingsInput {
    const failed = textOf('earlierError')
    return {
      sim: textOf('sim') as NonNullable<SettingsInput['sim']>,
      eid: textOf('eid'),
      imei: textOf('imei'),
      iccids: iccids(),
      market: textOf('market'),
      location: textOf('location'),
      language: textOf('language'),
      make: textOf('make'),
      model: textOf('model'),
      channel: textOf('channel') as NonNullable<SettingsInput['channel']>,
      metadataNames: textOf('metadataNames') as NonNullable<SettingsInput['metadataNames']>,
      hostObjects: textOf('hostObjects') as NonNullable<SettingsInput['hostObjects']>,
      listenersSurvive: !checked('forgetListeners'),
      blanksInLaunch: checked('blanks'),
      otherBrowser: checked('otherBrowser'),
      earlierErrors: failed === '' ? [] : [{ error: failed }],
    }
  }

  const form = h(
    'form',
    {
      class: 'device-form',
      novalidate: true,
      oninput: () => validate(),
      onsubmit: (event) => {
        event.preventDefault()
        if (!validate()) {
          form.reportValidity()
          return
        }
        const values = [...fields].map(([name, control]) => [
          name,
          control.type === 'checkbox' ? (checked(name) ? 'yes' : '') : control.value,
        ])
        localStorage.setItem(storageKey, JSON.stringify(Object.fromEntries(values)))
        run(() => start(settings()))
      },
    },
    choice('channel', 'Opened in', [
      ['webview', 'Mobile Plans app (webview)'],
      ['browser', 'Browser on Windows 11'],
    ]),
    choice('sim', 'SIM', [
      ['esim-empty', 'eSIM without profile'],
      ['esim-own', 'eSIM with a profile of ours'],
      ['physical', 'Physical SIM of ours'],
    ]),
    h(
      'div',
      { class: 'for-esim' },
      text(
        'eid',
        'EID',
        randomEid(chance),
        { inputmode: 'numeric' },
        random('eid', () => randomEid(chance)),
      ),
    ),
    text(
      'imei',
      'IMEI',
      randomImei(chance),
      { inputmode: 'numeric' },
      random('imei', () => randomImei(chance)),
    ),
    h(
      'div',
      { class: 'for-iccids' },
      text(
        'iccids',
        'ICCIDs',
        '',
        { inputmode: 'numeric', placeholder: 'example ICCID' },
        random('iccids', () => randomIccid(chance)),
      ),
    ),
    h(
      'div',
      { class: 'row' },
      text('market', 'Market', 'DE', { maxlength: '2', size: '3' }),
      text('location', 'Location', 'DE', { maxlength: '2', size: '3' }),
      text('language', 'Language', 'en-US', { size: '8' }),
    ),
    h(
      'div',
      { class: 'for-webview' },
      choice('earlierError', 'Earlier download failed with', [
        ['', 'nothing'],
        ...allErrors.map((name): Option => [name, headerCode(name)]),
      ]),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'More'),
      h('div', { class: 'row' }, text('make', 'Make', 'Contoso'), text('model', 'Model', 'Contoso Book 5')),
      h(
        'div',
        { class: 'for-webview' },
        choice('hostObjects', 'Host objects', [
          ['current', 'Current app'],
          ['legacy', 'Older: MobilePlansInlineProfileDownload'],
          ['datamart', '2018: DataMart, DataMartInlineProfile'],
          ['first', 'First: DataMart.notifyPurchaseResult'],
          ['none', 'Missing'],
        ]),
        choice('metadataNames', 'Metadata names', [
          ['both', 'Both spellings'],
          ['documented', 'line, moDirectStatus'],
          ['aliases', 'lineType, modirectStatus'],
        ]),
        check('forgetListeners', 'App forgets listeners when the portal navigates'),
        check('blanks', 'Blanks in the launch query, as in samples'),
      ),
      h('div', { class: 'for-browser' }, check('otherBrowser', 'Default browser is another one (no cookies)')),
    ),
    h('button', { type: 'submit', class: 'primary' }, 'Start this PC'),
  )
  validate()
  return { element: form, settings }
}
