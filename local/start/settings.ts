import { tmf640 } from '../standins/provisioning'
import type { Ports } from './addresses'
import type { LocalSecrets } from './local-secrets'

/** Where a person or a program finds what `npm start` runs. */
export interface Urls {
  app: string
  windows: string
  smdp: string
  standins: string
}

/** The addresses of these ports. */
export function urlsOf(ports: Ports): Urls {
  const at = (port: number) => `http://127.0.0.1:${port}`
  return { app: at(ports.app), windows: at(ports.windows), smdp: at(ports.smdp), standins: at(ports.standins) }
}

/** The app settings of the local app; the names are those of the cloud. */
export function appSettings(urls: Urls, store: Record<string, string>, secrets: LocalSecrets): Record<string, string> {
  return {
    ...store,
    APP_ROLE: 'all',
    PORTAL_URL: urls.app,
    ES2PLUS_URL: urls.smdp,
    BILLING_URL: `${urls.standins}/billing`,
    PROVISIONING_URL: `${urls.standins}${tmf640}`,
    IDENTITY_CHECK_URL: `${urls.standins}/identity`,
    ...secrets,
  }
}
