import { afterEach, expect, test, vi } from 'vitest'
import { listen } from './listeners'

/** No remembered target: a report ends at once, so that only the page's own part is tested here. */
vi.stubGlobal('window', {})

const host = (more: object = {}) => ({ ...more }) as Record<string, (json: unknown) => void>

afterEach(() => vi.restoreAllMocks())

test('good news and bad are told apart by the constants of the app', async () => {
  const heard: string[] = []
  const app = host({
    MobilePlansActivationError: { success: 'x7', cardBusy: 'x8' },
    MobilePlansNetworkRegistrationState: { home: 'y1', searching: 'y2' },
  })
  listen(app, (news, reported) => heard.push(reported ? `${news}, reported` : news))
  app.mobilePlansActivation?.('{"activationResult":"x8","iccid":"8901"}')
  app.mobilePlansActivation?.('{"activationResult":"x7","iccid":"8901"}')
  app.mobilePlansRegistration?.('{"networkRegistrationState":"y2","iccid":"8901"}')
  app.mobilePlansRegistration?.('{"networkRegistrationState":"y1","iccid":"8901"}')
  expect(heard).toEqual(['problem', 'installed', 'installed', 'connected'])
  await vi.waitFor(() =>
    expect(heard.slice(4)).toEqual([
      'problem, reported',
      'installed, reported',
      'installed, reported',
      'connected, reported',
    ]),
  )
})

test.each(['', 'null', '{', '[]', '"x"', '{"iccid":"8901"}', undefined, 7, {}])('%j is passed over', (json) => {
  const app = host()
  const tell = vi.fn()
  listen(app, tell)
  app.mobilePlansActivation?.(json)
  app.mobilePlansRegistration?.(json)
  expect(tell).not.toHaveBeenCalled()
})
