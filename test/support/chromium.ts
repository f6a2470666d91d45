import { type Browser, type BrowserContext, chromium } from 'playwright-core'
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

/** Longer than any closing takes on a busy machine. */
const CLOSING_MS = 10_000

/**
 * Closes a context. Chromium now and then never answers that while a page is being loaded anew, as pages that refresh themselves are; the
 * context then ends with its browser.
 */
export async function closeContext(context: BrowserContext): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSING_MS)
  })
  await Promise.race([context.close().catch(() => undefined), patience])
  clearTimeout(timer)
}
