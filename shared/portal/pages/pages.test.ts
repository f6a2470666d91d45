import { describe, expect, test } from 'vitest'
import { en } from '../strings/en'
import { renderCallback, renderOrder, renderSignIn } from '.'
import { everyProgress, hostile, sampleCallback, sampleFrame, sampleOrder, samplePages } from './fixtures'
import { stepsOf } from './steps'

const count = (html: string, pattern: RegExp) => html.match(pattern)?.length ?? 0
const pageNamed = (wanted: string) => samplePages().find(({ name }) => name === wanted)?.html ?? ''
const attributes = (html: string, tag: string) => html.match(new RegExp(`<${tag}\\b[^>]*>`, 'g')) ?? []
const forms = (html: string) => html.match(/<form\b[\s\S]*?<\/form>/g) ?? []

describe.each(['en', 'de'])('in %s, every page', (language) => {
  const sample = samplePages({ language })

  test('is a whole document with language, title, one heading and the style sheet', () => {
    for (const { name, html } of sample) {
      expect(html, name).toMatch(
        new RegExp(`^<!doctype html><html lang="${language}"><head><meta charset="utf-8"/><title>[^<]+ – `),
      )
      expect(count(html, /<h1[ >]/g), name).toBe(1)
      expect(html, name).toContain('name="viewport"')
      expect(html, name).toContain('<link rel="stylesheet" href="/portal/assets/portal.css"/>')
      expect(html, name).toMatch(/<body data-page="[a-z-]+"/)
    }
  })

  test('has no inline script, style or handler, opens no window and loads nothing from elsewhere', () => {
    for (const { name, html } of sample) {
      expect(html, name).not.toMatch(/ style=| on[a-z]+="|<style|target=/)
      for (const script of attributes(html, 'script'))
        expect(script, name).toMatch(/ src="\/portal\/|type="application\/json"/)
      expect(html, name).not.toMatch(/(?:src|srcset|data|action)="(?:https?:)?\/\//)
      expect(html, name).not.toContain('undefined')
    }
  })

  test('labels every field and names every button', () => {
    for (const { name, html } of sample) {
      for (const input of attributes(html, 'input').filter((tag) => !tag.includes('type="hidden"'))) {
        const id = / id="([^"]+)"/.exec(input)?.[1]
        expect(html, `${name}: ${input}`).toContain(`for="${id}"`)
      }
      expect(html, name).not.toMatch(/<button[^>]*><\/button>/)
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      expect(new Set(ids).size, name).toBe(ids.length)
      for (const [, list] of html.matchAll(/aria-(?:describedby|labelledby)="([^"]+)"/g)) {
        for (const id of list?.split(' ') ?? []) expect(ids, name).toContain(id)
      }
    }
  })

  test('carries the CSRF token in every form that is posted, and posts only inside the portal', () => {
    for (const { name, html } of sample) {
      for (const form of forms(html)) {
        expect(form, name).toMatch(/^<form[^>]* method="post"/)
        expect(form, name).toMatch(/ action="\/portal\//)
        expect(form, name).toContain('<input type="hidden" name="csrf" value="b0tCq2VvYkZx9sWn3YbA"/>')
      }
    }
  })

  test('stays within 8 KB', () => {
    for (const { name, html } of sample) expect(Buffer.byteLength(html), name).toBeLessThanOrEqual(8 * 1024)
  })

  test('offers help, terms, privacy and the other languages', () => {
    for (const { name, html } of sample) {
      for (const link of ['/portal/help', '/portal/terms', '/portal/privacy'])
        expect(html, name).toContain(`href="${link}"`)
      expect(html, name).toContain(`lang=${language === 'en' ? 'de' : 'en'}"`)
    }
  })
})

test('hostile text stays text on every page', () => {
  for (const { name, html } of samplePages({ text: hostile })) {
    expect(html, name).not.toContain('<script>')
    expect(html, name).not.toContain('<!--')
    expect(html, name).not.toContain(`value="">`)
  }
})

test('the callback travels unharmed in its data block, even with hostile text and dollar signs', () => {
  const view = sampleCallback('hand-over', { text: hostile })
  const html = renderCallback(view)
  const block = /<script type="application\/json" id="callback">([\s\S]*?)<\/script>/.exec(html)?.[1]
  expect(JSON.parse(block ?? '')).toMatchObject({ callback: view.callback, token: hostile, nextPath: view.nextPath })
})

test('only the pages that need it load the script in a browser; in the webview every signed-in page does', () => {
  const withScript = (channel: 'browser' | 'webview') =>
    samplePages({ channel })
      .filter(({ html }) => html.includes('/portal/assets/portal.js'))
      .map(({ name }) => name.replace(/-.*/, ''))
  expect(new Set(withScript('browser'))).toEqual(new Set(['device', 'review', 'order', 'callback']))
  expect(withScript('webview')).toEqual(expect.arrayContaining(['options', 'plans', 'account']))
})

test('the button that buys names the duty to pay and the total price in every language', () => {
  const button = (language: string) =>
    />([^<]+)<\/button><\/div><\/main>/.exec(
      samplePages({ language }).find(({ name }) => name === 'review')?.html ?? '',
    )?.[1]
  expect(button('en')).toBe('Order with obligation to pay – €14.90')
  expect(button('de')).toBe('Zahlungspflichtig bestellen – 14,90\u00a0€')
})

test('cancel is offered exactly where the frame allows it', () => {
  const names = samplePages()
    .filter(({ html }) => html.includes('action="/portal/cancel"'))
    .map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['sign-in', 'sign-up', 'options', 'plans', 'device', 'review']))
  expect(names).not.toContain('welcome')
  expect(names.filter((name) => name.startsWith('order-') || name.startsWith('callback-'))).toEqual([])
})

test('a password is never given back to the form', () => {
  const html = samplePages().find(({ name }) => name === 'sign-in-wrong')?.html ?? ''
  expect(html).toMatch(/<input id="email"[^>]* value="abc"/)
  expect(/<input id="password"[^>]*>/.exec(html)?.[0]).not.toContain('value=')
  expect(html).toContain('aria-invalid="true" aria-describedby="email-error"')
  expect(html).toContain(`<a href="#email">Email address: ${en.errors.email}</a>`)
})

test('an empty form is told with the name of each field', () => {
  const summary = /id="errors"[\s\S]*?<\/ul>/.exec(pageNamed('sign-up-empty'))?.[0]
  for (const label of ['Your name', 'Email address', 'Password'])
    expect(summary).toContain(`">${label}: ${en.errors.required}</a>`)
})

test('an error of the whole form is not ascribed to the field at which it stands', () => {
  const frame = sampleFrame('/portal/sign-in')
  const html = renderSignIn({ frame, form: { values: {}, errors: { password: 'sign-in' } } })
  expect(html).toContain(`<a href="#password">${en.errors['sign-in']}</a>`)
})

test('what the controller has to say stands once on every page, below the heading', () => {
  const text = 'Something has changed.'
  for (const { name, html } of samplePages({ notice: { kind: 'info', text } })) {
    expect(count(html, /Something has changed\./g), name).toBe(1)
    expect(html.indexOf(text), name).toBeGreaterThan(html.indexOf('</h1>'))
  }
})

test('the footer tells the session from the order', () => {
  expect(pageNamed('review')).toContain('<p class="reference">Session Kx3pQ9mTzW1.2</p>')
  const order = sampleOrder('ready')
  const html = renderOrder({
    ...order,
    frame: { ...order.frame, reference: { of: 'reference', text: 'MP-7KQ2-9XWD' } },
  })
  expect(html).toContain('<p class="reference">Reference MP-7KQ2-9XWD</p>')
})

test('a plan says once how long it makes people wait', () => {
  const html = pageNamed('plans')
  expect(count(html, /Download after about 5 minutes/g)).toBe(1)
  expect(count(html, /Online after about 5 minutes/g)).toBe(1)
  expect(count(html, /after about|minutes/g)).toBe(4)
})

test('in a browser an order that waits for the PC says how to install, as no app does it there', () => {
  const html = renderOrder(sampleOrder('waiting-for-device', { channel: 'browser' }))
  expect(html).toContain(`<h1>${en.progress.installInBrowser.title}</h1>`)
  expect(html).toContain('href="lpa:')
})

test.each(everyProgress)('an order that is %s says so in title, heading and steps', (progress) => {
  const html = renderOrder(sampleOrder(progress))
  expect(html).toContain(`<h1>${en.progress[progress].title}</h1>`)
  expect(html).toContain(`<title>${en.progress[progress].title} – Travel 10 GB`)
  expect(html).toContain('data-version="v1"')
  expect(html.includes('<ol class="steps"')).toBe(stepsOf(progress, false) !== undefined)
})

test('an order that moves asks again without script; one that is final does not', () => {
  const head = (progress: 'downloading' | 'active') => renderOrder(sampleOrder(progress)).split('</head>')[0]
  expect(head('downloading')).toContain('<noscript><meta http-equiv="refresh" content="4"/></noscript>')
  expect(head('active')).not.toContain('http-equiv="refresh"')
})

test('in a browser a ready order shows link, QR, code and its two parts; in the webview one button', () => {
  const browser = renderOrder(sampleOrder('ready', { channel: 'browser' }))
  expect(browser).toContain('href="lpa:1$smdp.example.net$7H2K-QX4M-9D3T"')
  expect(browser).toContain('<svg ')
  expect(browser).toContain('<code id="code">1$smdp.example.net$7H2K-QX4M-9D3T</code>')
  expect(browser).toContain('<code>7H2K-QX4M-9D3T</code>')
  const webview = renderOrder(sampleOrder('ready'))
  expect(webview).not.toContain('lpa:')
  expect(webview).toContain('action="/portal/orders/o1/handover"')
})
