import { AsyncLocalStorage } from 'node:async_hooks'

interface CallScope {
  /** Calls above the one that is made, this one included. */
  readonly depth: number
}

const scope = new AsyncLocalStorage<CallScope>()

/** Runs `work` so that the requests which it sends say how deep the call is nested. */
export function inCallScope<T>(depth: number, work: () => T): T {
  return scope.run({ depth }, work)
}

/** The depth of the call that sends a request; 0 outside of a call. */
export function callDepth(): number {
  return scope.getStore()?.depth ?? 0
}
