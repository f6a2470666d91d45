/** Waits for what triggers one function, and starts it. */
export interface Listener {
  start(): void
  /** Stops listening; resolves once what it has started has ended. */
  stop(): Promise<void>
  /** Starts the function by hand, as the admin API does. */
  runNow(input: string | undefined): void
}
