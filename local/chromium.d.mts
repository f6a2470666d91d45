/** Finds a Chromium on this computer. Throws when `CHROMIUM_PATH` names nothing. */
export function findChromium(where?: {
  env?: Readonly<Record<string, string | undefined>>
  platform?: string
  exists?: (path: string) => boolean
}): string | undefined

/** Finds Chromium or installs it; throws when neither works. */
export function provideChromium(root: string): string
