import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as v from 'valibot'
import { HostError, messageOf } from './errors'
import { expandGlob, isGlob } from './glob'
import { readOptional } from './settings'
import type { Worker } from './worker-core'

const PackageJson = v.object({ main: v.optional(v.string()), type: v.optional(v.string()) })

/**
 * Loads the entry files of the app in order, awaits each, then runs the `appStart` hooks and ends registration.
 *
 * @throws {HostError} `main_missing`, `app_blocked` (an entry file threw, or a registration was refused), `http_stream_unsupported`
 * @see Azure/azure-functions-nodejs-worker `startApp.ts`, `loadScriptFile.ts`
 */
export async function loadApp(appRoot: string, worker: Worker): Promise<void> {
  const packageJson = readPackageJson(appRoot)
  if (!packageJson.main) {
    throw new HostError('main_missing', `package.json of ${appRoot} has no "main": the v4 programming model needs one`)
  }
  const files = expandGlob(packageJson.main, appRoot)
  if (files.length === 0) {
    const why = isGlob(packageJson.main) ? 'Found zero files matching the supplied pattern' : 'File does not exist'
    throw new HostError('app_blocked', `Worker was unable to load entry point "${packageJson.main}": ${why}`)
  }
  for (const file of files) await loadEntryFile(appRoot, file, packageJson.type)
  try {
    await worker.runAppHooks('appStart', { functionAppDirectory: appRoot })
  } catch (cause) {
    throw new HostError('app_blocked', `an appStart hook failed: ${messageOf(cause)}`, { cause })
  }
  const capabilities = (await worker.programmingModel?.getCapabilities?.({})) ?? {}
  if ('HttpUri' in capabilities) {
    throw new HostError(
      'http_stream_unsupported',
      'app.setup({ enableHttpStream: true }) is not supported by the local host',
    )
  }
  worker.endRegistration()
}

async function loadEntryFile(appRoot: string, file: string, packageType: string | undefined): Promise<void> {
  const path = join(appRoot, file)
  try {
    if (isEsModule(file, packageType)) await import(pathToFileURL(path).href)
    else createRequire(join(appRoot, 'package.json'))(path)
  } catch (cause) {
    throw new HostError('app_blocked', `Worker was unable to load entry point "${file}": ${messageOf(cause)}`, {
      cause,
    })
  }
}

function isEsModule(file: string, packageType: string | undefined): boolean {
  if (file.endsWith('.mjs')) return true
  return !file.endsWith('.cjs') && packageType === 'module'
}

function readPackageJson(appRoot: string): v.InferOutput<typeof PackageJson> {
  const text = readOptional(join(appRoot, 'package.json'))
  if (text === undefined) throw new HostError('main_missing', `no package.json in ${appRoot}`)
  try {
    return v.parse(PackageJson, JSON.parse(text))
  } catch (cause) {
    throw new HostError('main_missing', `package.json is not usable: ${messageOf(cause)}`, { cause })
  }
}
