/**
 * The errors of the Node worker that the library recognises by shape: `isAzureFunctionsSystemError`, and a `RangeError` for an
 * unknown hook.
 */
export class WorkerError extends Error {
  readonly isAzureFunctionsSystemError = true
}

export class WorkerRangeError extends RangeError {
  readonly isAzureFunctionsSystemError = true
}

export class ReadOnlyError extends TypeError {
  readonly isAzureFunctionsSystemError = true
  constructor(property: string) {
    super(`Cannot assign to read only property '${property}'`)
  }
}

/** Makes properties of a hook context that hooks may read and never replace. */
export function readOnly<T extends object>(values: T): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      {
        enumerable: true,
        get: (): unknown => value,
        set() {
          throw new ReadOnlyError(name)
        },
      },
    ]),
  )
}
