import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the browser loads: the simulator's page, the app's own page, the injected script, the styles. */
export interface ClientFiles {
  page: string
  appPage: string
  host: string
  css: string
}

/** Folder of the sources, from wherever this code runs: beside it, or bundled somewhere below the project. */
function clientFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    for (const candidate of [join(folder, 'client'), join(folder, 'local/windows/client')]) {
      if (existsSync(join(candidate, 'host.ts'))) return candidate
    }
  }
  throw new Error('the sources of the Windows simulator are missing (local/windows/client)')
}

/** Bundles the scripts of the simulator, once per start (some 50 ms). */
export async function clientFiles(): Promise<ClientFiles> {
  const folder = clientFolder()
  // Loaded this way so that a bundler leaves it alone: esbuild cannot be bundled.
  const esbuild = createRequire(import.meta.url)('esbuild') as typeof import('esbuild')
  const bundle = async (file: string) => {
    const built = await esbuild.build({
      entryPoints: [join(folder, file)],
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      legalComments: 'none',
    })
    return built.outputFiles[0]?.text ?? ''
  }
  const style = (file: string) => readFile(join(folder, file), 'utf8')
  const [page, appPage, host, ...styles] = await Promise.all([
    bundle('page.ts'),
    bundle('app-page.ts'),
    bundle('host.ts'),
    ...['base.css', 'screen.css', 'side.css'].map(style),
  ])
  return { page, appPage, host, css: styles.join('\n') }
}
