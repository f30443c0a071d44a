import { CodedError } from '@alkdev/errors'
import { MAX_JSON_DEPTH } from '@alkdev/std'
import type { FaultHandler } from './types.ts'

/** Faults of one kind and code are reported once, then counted for this time. */
const WARNING_INTERVAL_MS = 10_000

/**
 * The fault handler when the application has none. The first fault of each kind and code is a warning at once. Further ones within 10 s are
 * one line with their number at the end of that time, because a peer controls how many there are.
 */
function defaultFaultHandler(): FaultHandler {
  const counts = new Map<string, number>()
  return (error, context) => {
    if (context.kind === 'listener') {
      queueMicrotask(() => {
        throw error.cause
      })
      return
    }
    const what = `@alkdev/pubsub: ${context.kind}: ${error.code}`
    const count = counts.get(what)
    counts.set(what, (count ?? 0) + 1)
    if (count !== undefined) return
    console.warn(`${what}: ${error.message}`)
    const timer: unknown = setTimeout(() => {
      const more = (counts.get(what) ?? 1) - 1
      counts.delete(what)
      if (more > 0)
        console.warn(`${what}: ${more} more like it in ${WARNING_INTERVAL_MS / 1000} seconds`)
    }, WARNING_INTERVAL_MS)
    // In Node a timer is an object that would keep the process running.
    if (typeof timer === 'object') (timer as { unref?: () => void }).unref?.()
  }
}

/** A listener's exception, with the original as cause. */
export function listenerFault(thrown: unknown): CodedError {
  return new CodedError('EXECUTION_ERROR', 'a listener threw', { cause: thrown })
}

export function malformed(message: string, cause?: unknown): CodedError {
  return new CodedError('VALIDATION_ERROR', message, { cause })
}

/** Levels of a message: an envelope around the answer of a call, whose members may have 512 levels each. */
export const MAX_MESSAGE_DEPTH = MAX_JSON_DEPTH + 4

export function tooDeep(cause?: unknown): CodedError {
  return malformed(`a message is nested deeper than ${MAX_MESSAGE_DEPTH} levels`, cause)
}

export function targetClosed(): CodedError {
  return new CodedError('UNAVAILABLE', 'the event target is closed')
}

/** The fault handler, so wrapped that an exception of its own can't break the transport. */
export function guarded(handler: FaultHandler = defaultFaultHandler()): FaultHandler {
  return (error, context) => {
    try {
      handler(error, context)
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown
      })
    }
  }
}

/** Settles as `promise` does, or rejects with TIMEOUT after `timeoutMs` (Infinity: never). Leaves no timer behind. */
export function withDeadline<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  if (timeoutMs === Infinity) return promise
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new CodedError('TIMEOUT', `${what} took longer than ${timeoutMs} ms`))
    }, timeoutMs)
    promise.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
        return undefined
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
