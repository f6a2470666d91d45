import { constantsOf, isRegistered, memberName } from './constants'
import { activationListener, registrationListener } from './emit'
import { member, write } from './host'
import { type Report, report } from './report'

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

/** What the app said, in terms of its constants' names. */
export type Said = Extract<Report, { event: 'activation' | 'registration' }>

/**
 * Puts both listeners on `window`, where the app looks them up by name. On every page, as the person may leave the page of the call
 * while the download runs. Repeats, unknown states and broken JSON do no harm. The server is told, too.
 */
export function listen(host: object, tell: Tell): void {
  hear(host, (news, said) => {
    tell(news, false)
    void report(said).then(() => tell(news, true))
  })
}

/** The listeners alone: what was heard is the caller's. */
export function hear(host: object, heard: (news: News, said: Said) => void): void {
  const listener = (name: string, field: string, constants: string, say: (found: string, iccid: string) => void) =>
    write(host, name, (json: string) => {
      const news = parseNews(json)
      const value = member(news, field)
      const iccid = member(news, 'iccid')
      if (value !== undefined)
        say(memberName(constantsOf(host, constants), value), typeof iccid === 'string' ? iccid : '')
    })

  listener(activationListener, 'activationResult', 'MobilePlansActivationError', (result, iccid) => {
    heard(/^success$/i.test(result) ? 'installed' : 'problem', { event: 'activation', result, iccid })
  })
  listener(registrationListener, 'networkRegistrationState', 'MobilePlansNetworkRegistrationState', (state, iccid) => {
    heard(isRegistered(state) ? 'connected' : 'installed', { event: 'registration', state, iccid })
  })
}
