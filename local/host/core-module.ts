import Module from 'node:module'
import type { Worker } from './worker-core'

/** The version the library sees as host; log hooks need 4.34, HTTP streams 4.28. */
const hostVersion = '4.1037.0'
const workerVersion = '3.12.0'

/** Undoes a registration once; the library hands it to the app. */
class Disposable {
  #dispose: (() => void) | undefined
  constructor(dispose: () => void) {
    this.#dispose = dispose
  }
  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose()
    })
  }
  dispose(): void {
    this.#dispose?.()
    this.#dispose = undefined
  }
}

/**
 * Answers `require('@azure/functions-core')` with the API of this worker.
 *
 * The module exists on no disk: the real worker replaces `Module.prototype.require` too, so an app bundle must leave the name
 * external and, as an ES module, define `require` with `createRequire`.
 *
 * @see Azure/azure-functions-nodejs-worker `setupCoreModule.ts`
 */
export function installCoreModule(worker: Worker): void {
  const core = {
    version: workerVersion,
    hostVersion,
    Disposable,
    registerFunction: (...[metadata, callback]: Parameters<Worker['registerFunction']>) => {
      const registration = worker.registerFunction(metadata, callback)
      return new Disposable(() => registration.dispose())
    },
    registerHook: (...[name, callback]: Parameters<Worker['registerHook']>) => {
      const registration = worker.registerHook(name, callback)
      return new Disposable(() => registration.dispose())
    },
    setProgrammingModel: (model: NonNullable<Worker['programmingModel']>) => {
      worker.programmingModel = model
    },
    getProgrammingModel: () => worker.programmingModel,
    log: (...[level, category, message]: Parameters<Worker['log']>) => worker.log(level, category, message),
  }
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (target, self, parameters) =>
      parameters[0] === '@azure/functions-core' ? core : Reflect.apply(target, self, parameters),
  })
}
