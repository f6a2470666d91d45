import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../program'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateways-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Types `mobile-plans gateway-template …` beside an operator.json with these gateways. */
async function type(gateways: object | undefined, ...args: string[]) {
  const operator = JSON.parse(await readFile('operator.json', 'utf8')) as object
  await writeFile(join(folder, 'operator.json'), JSON.stringify({ ...operator, ...(gateways && { gateways }) }))
  const said = { out: '', err: '' }
  const io = {
    out(text: string) {
      said.out += text
    },
    err(text: string) {
      said.err += text
    },
    errIsTerminal: false,
    readStdin: async () => '',
    env: {},
    folder,
  }
  const status = await run(['gateway-template', ...args], io, '0')
  return { status, ...said }
}

test('without templates it is the standard page, "0"', async () => {
  const { status, out } = await type(undefined)
  expect([status, JSON.parse(out)]).toEqual([0, { promotionTemplates: [{ id: '0' }] }])
})

const gateways = {
  templates: [
    {
      id: '0',
      backgroundColor: '#0b5c6b',
      bodyFontColor: '#FFFFFF80',
      bodyText: { en: 'Data for your PC.', de: 'Daten für Ihren PC.' },
      buttonText: { en: 'Choose a plan' },
      images: [{ uri: 'https://static.example.net/gateway.png', width: 1200, height: 600 }],
    },
    { id: '12' },
  ],
}

test('colours, texts and images are written as documented; a text that is missing comes in the default language', async () => {
  const { status, out } = await type(gateways, '--language', 'de')
  expect([status, JSON.parse(out)]).toEqual([
    0,
    {
      promotionTemplates: [
        {
          id: '0',
          backgroundColor: '0x0B5C6BFF',
          bodyFontColor: '0xFFFFFF80',
          bodyText: 'Daten für Ihren PC.',
          buttonText: 'Choose a plan',
          images: [{ uri: 'https://static.example.net/gateway.png', width: 1200, height: 600 }],
        },
        { id: '12' },
      ],
    },
  ])
  expect(JSON.parse((await type(gateways)).out)).toMatchObject({
    promotionTemplates: [{ bodyText: 'Data for your PC.' }, {}],
  })
})

test.each<[string, object]>([
  ['an id that is no number', { templates: [{ id: 'a' }] }],
  ['two of an id', { templates: [{ id: '0' }, { id: '0' }] }],
  ['none with the id that is shown to whoever has no profile yet', { templates: [{ id: '1' }, { id: '2' }] }],
  ['a colour by name', { templates: [{ id: '0', buttonColor: 'red' }] }],
  [
    'an image that is too wide',
    { templates: [{ id: '0', images: [{ uri: 'https://a.example/a.png', width: 1201, height: 1 }] }] },
  ],
  [
    'an image of another kind',
    { templates: [{ id: '0', images: [{ uri: 'https://a.example/a.jpg', width: 1, height: 1 }] }] },
  ],
  [
    'an image without encryption',
    { templates: [{ id: '0', images: [{ uri: 'http://a.example/a.png', width: 1, height: 1 }] }] },
  ],
  ['an offer of a template that is none', { templates: [{ id: '0' }], offers: [{ gateway: '1' }] }],
])('%s is refused', async (_name, bad) => {
  const { status, out, err } = await type(bad)
  expect([status, out]).toEqual([1, ''])
  expect(err).toContain('gateways.')
})

test('an image on this machine alone, which Microsoft cannot fetch, is a finding', async () => {
  const images = [{ uri: 'http://localhost/a.png', width: 1, height: 1 }]
  const { status, out, err } = await type({ templates: [{ id: '0', images }] })
  expect([status, out]).toEqual([1, ''])
  expect(err).toContain('must be https and a .png')
})

test('a language that the operator does not have is a wrong command line', async () => {
  expect(await type(gateways, '--language', 'fr')).toMatchObject({ status: 2, out: '' })
})
