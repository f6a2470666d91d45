import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'

const folder = '.local/screenshots'

/**
 * With `SCREENSHOTS=1` in the environment, writes the page as it looks at 800 × 600 and at 320 px into `.local/screenshots`:
 * `SCREENSHOTS=1 npx vitest run --project browser test/browser/pages/axe.test.ts`.
 *
 * @param name of the files, before size and scheme
 */
export async function takePictures(page: Page, name: string): Promise<void> {
  if (!process.env.SCREENSHOTS) return
  await mkdir(folder, { recursive: true })
  for (const [width, height] of [
    [800, 600],
    [320, 640],
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
  }
}
