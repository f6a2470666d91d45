import type { BrowserContext } from 'playwright-core'

/**
 * Puts host objects into every page, as the app does: opaque constants, calls written down in the window's name, which survives
 * navigation. `sealed` refuses unknown properties on metadata and on the objects themselves.
 */
export async function injectHost(context: BrowserContext, { sealed = false, refuses = false } = {}): Promise<void> {
  await context.addInitScript(
    ({ sealed, refuses }) => {
      const log = (entry: unknown) => {
        window.name = JSON.stringify([...JSON.parse(window.name || '[]'), entry])
      }
      const strict = <T extends object>(target: T, known: readonly string[]): T =>
        sealed
          ? new Proxy(target, {
              set(object, name, value) {
                if (!known.includes(String(name))) throw new TypeError(`no property ${String(name)}`)
                return Reflect.set(object, name, value)
              },
            })
          : target
      const outcome = { new: 'x1', existing: 'x2', bailed: 'x3', none: 'x4' }
      const operations: Record<string, unknown> = {
        notifyProfileDownload(metadata: object, ...args: unknown[]) {
          log({
            call: 'notifyProfileDownload',
            metadata,
            args,
            listeners: [operations.profileActivationCompleteScript, operations.registrationChangedScript],
          })
          if (refuses) throw new TypeError('refused')
          return { Id: 'operation-1' }
        },
        notifyOperationCancel(operation: object) {
          log({ call: 'notifyOperationCancel', operation })
        },
      }
      Object.assign(window, {
        MobilePlans: {
          createPurchaseMetaData: () =>
            strict({}, ['userAccount', 'purchaseInstrument', 'line', 'moDirectStatus', 'planName']),
          notifyCancelledPurchase: (metadata: object) => log({ call: 'notifyCancelledPurchase', metadata }),
        },
        MobilePlansInlineOperations: strict(operations, [
          'profileActivationCompleteScript',
          'registrationChangedScript',
        ]),
        MobilePlansUserAccount: outcome,
        MobilePlansPurchaseInstrument: outcome,
        MobilePlansLineType: outcome,
        MobilePlansMoDirectStatus: { complete: 'x7', cancelled: 'x8' },
        MobilePlansActivationError: { success: 'x7', serverNotReachable: 'x9' },
        MobilePlansNetworkRegistrationState: { searching: 'y1', home: 'y2' },
      })
    },
    { sealed, refuses },
  )
}
