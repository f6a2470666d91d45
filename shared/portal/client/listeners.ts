import { constantsOf, isRegistered, memberName } from './constants'
import { activationListener, registrationListener } from './emit'
import { member, write } from './host'
import { report } from './report'

/** What the app had to say, in terms of the page. */
export type News = 'installed' | 'problem' | 'connected'

/** What a page does about news; called at once, and again with `reported` when the server has it too. */
export type Tell = (news: News, reported: boolean) => void

/** A listener's JSON text; an empty object for anything that cannot be read. */
export function parseNews(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return {}
  }
}

/**
 * Puts both listeners on `window`, where the app looks them up by name. On every page, as the person may leave the page of the call
 * while the download runs. Repeats, unknown states and broken JSON do no harm.
 */
export function listen(host: object, tell: Tell): void {
  const listener = (name: string, field: string, constants: string, heard: (found: string, iccid: string) => void) =>
    write(host, name, (json: string) => {
      const news = parseNews(json)
      const value = member(news, field)
      const iccid = member(news, 'iccid')
      if (value !== undefined)
        heard(memberName(constantsOf(host, constants), value), typeof iccid === 'string' ? iccid : '')
    })

  listener(activationListener, 'activationResult', 'MobilePlansActivationError', (result, iccid) => {
    const news = /^success$/i.test(result) ? 'installed' : 'problem'
    tell(news, false)
    void report({ event: 'activation', result, iccid }).then(() => tell(news, true))
  })
  listener(registrationListener, 'networkRegistrationState', 'MobilePlansNetworkRegistrationState', (state, iccid) => {
    const news = isRegistered(state) ? 'connected' : 'installed'
    tell(news, false)
    void report({ event: 'registration', state, iccid }).then(() => tell(news, true))
  })
}
