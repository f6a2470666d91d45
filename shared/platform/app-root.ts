import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds `host.json`, seen from this module: the same from the sources, the bundles and the deployed package. */
export function findAppRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'host.json'))) return folder
    if (dirname(folder) === folder) throw new Error(`no host.json above ${from}`)
  }
}
