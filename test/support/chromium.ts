import { type Browser, chromium } from 'playwright-core'
import { findChromium } from '../../local/chromium.mjs'

/** Opens the Chromium of this computer, without the services that it would call by itself. */
export function openChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium found; CHROMIUM_PATH may name one')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
