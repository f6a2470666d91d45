import { beforeEach, describe, expect, test } from 'vitest'
import { eid, launchPath, otherEid, type PortalWorld, portalWorld } from '../testing/world'

let world: PortalWorld
beforeEach(() => {
  world = portalWorld()
})
const writes = () => world.operations.filter(({ name }) => name !== 'get' && name !== 'listPartition')

describe('a bare visit', () => {
  test.each(['/portal', '/portal/', '/portal?utm=x', '/portal?market=DE'])(
    '%s is welcomed without touching the store',
    async (path) => {
      const reply = await world.browser().get(path)
      expect(reply.status).toBe(200)
      expect(reply.body).toContain('Travel 2 GB')
      expect(reply.headers.getSetCookie()).toEqual([])
      expect(world.operations).toEqual([])
    },
  )

  test('in the language that the browser asks for, else in the default', async () => {
    expect((await world.browser({ 'accept-language': 'de-AT,en;q=0.5' }).get('/portal')).body).toContain('Reise 2 GB')
    const french = await world.browser({ 'accept-language': 'fr' }).get('/portal')
    expect(french.headers.get('content-language')).toBe('en')
  })

  test('a chosen language is remembered without a session', async () => {
    const browser = world.browser({ 'accept-language': 'en' })
    await browser.get('/portal?lang=de')
    expect((await browser.get('/portal/help')).headers.get('content-language')).toBe('de')
    expect((await browser.get('/portal/help?lang=xx')).headers.get('content-language')).toBe('de')
    expect(world.operations).toEqual([])
  })
})

describe('a launch', () => {
  test('shows the sign-in at once, with a session and the device in masked form', async () => {
    const browser = world.browser({ 'accept-language': 'de-de' })
    const reply = await browser.get(launchPath())
    expect(reply.status).toBe(200)
    expect(reply.body).toContain('action="/portal/sign-in"')
    expect(reply.body).toContain('…7853')
    expect(reply.body).not.toContain(eid)
    expect(reply.headers.get('content-language')).toBe('de')
    expect(reply.headers.getSetCookie()[0]).toMatch(
      /^__Host-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
  })

  test('the cookie’s value is not in the store', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    const id = browser.cookies.get('__Host-session') ?? ''
    expect(JSON.stringify(world.operations)).not.toContain(id)
  })

  test('every line of the session carries the transaction id as it came, and no identifier', async () => {
    await world.account()
    const browser = world.browser()
    await browser.get(launchPath())
    await browser.post('/portal/sign-in', { email: 'mia@example.net', password: 'correct horse battery' })
    await browser.choose()
    expect(world.log.lines.length).toBeGreaterThan(1)
    for (const line of world.log.lines) expect(line.fields.transactionId).toBe('/Kx3pQ9mTzW1.2')
    expect(JSON.stringify(world.log.lines)).not.toMatch(/mia@|\d{15}/)
  })

  test.each<[string, Record<string, string>, string]>([
    ['letters in the EID', { eid: '8904404593000000000000123456785x' }, 'eid'],
    ['script in the IMEI', { imei: '<script>alert(1)</script>' }, 'imei'],
    ['a transaction id that is too long', { transactionId: 'y'.repeat(65) }, 'transactionId'],
    ['8 KB', { junk: 'y'.repeat(8200) }, 'query'],
  ])('is refused with the name of the field and no more: %s', async (_, change, field) => {
    const reply = await world.browser().get(launchPath(change))
    expect(reply.status).toBe(400)
    expect(reply.body).toContain(field)
    expect(reply.body).not.toMatch(/yyyyy|alert\(1\)|345678/)
    expect(reply.headers.getSetCookie()).toEqual([])
    expect(world.operations).toEqual([])
    expect(JSON.stringify(world.log.lines)).not.toMatch(/yyyyy|alert|345678/)
  })

  test('a wrong check digit loads; the EID is then unknown', async () => {
    const reply = await world.browser().get(launchPath({ eid: '89044045930000000000001234567854' }))
    expect(reply.status).toBe(200)
    expect(reply.body).not.toContain('7854')
  })

  test('again with the same session keeps sign-in and choice and leads on', async () => {
    await world.account()
    const browser = world.browser()
    await browser.get(launchPath())
    await browser.post('/portal/sign-in', { email: 'mia@example.net', password: 'correct horse battery' })
    await browser.choose('travel-10')
    const reply = await browser.get(launchPath({ transactionId: 'second', eid: otherEid }))
    expect(reply.location).toBe('/portal/options')
    const review = await browser.get('/portal/review')
    expect(review.body).toContain('Travel 10 GB')
    expect(review.body).toContain('second')
    expect(review.body).toContain(`…${otherEid.slice(-4)}`)
  })

  test('from another site begins anew: nobody else chooses the device of a signed-in person', async () => {
    await world.account()
    const browser = world.browser()
    await browser.signIn()
    const victim = browser.tab()
    const reply = await browser.get(launchPath({ eid: otherEid }), { 'sec-fetch-site': 'cross-site' })
    expect(reply.status).toBe(200)
    expect((await browser.get('/portal/options')).location).toBe('/portal/sign-in')
    const review = await victim.choose()
    expect(review.body).not.toContain(otherEid.slice(-4))
  })

  test('after a failed download that no order knows says what to do, and says once that it failed', async () => {
    await world.account()
    const browser = world.browser()
    await browser.signIn()
    const failed = async (code: string) => {
      const reply = await browser.get(launchPath(), { 'X-MP-LPAError-Codes': code })
      expect(reply.location).toBe('/portal/options')
      return (await browser.get('/portal/options')).body
    }
    const fixable = await failed('InsufficientSpaceOnCard')
    expect(fixable).toContain('There is no room left on the eSIM.')
    expect(fixable.match(/The last download did not work/g)).toHaveLength(1)
    expect(await failed('NoEligibleProfileForThisDevice')).toContain('Your PC cannot use this eSIM.')
  })

  test('without a sign-in twice keeps one session', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    const id = browser.cookies.get('__Host-session')
    await browser.get(launchPath())
    expect(browser.cookies.get('__Host-session')).toBe(id)
    expect(writes().map(({ name }) => name)).toEqual(['insert', 'replace'])
  })
})
