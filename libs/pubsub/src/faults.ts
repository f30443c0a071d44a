import { CodedError } from '@alkdev/errors'
import type { FaultHandler } from './types.ts'

/** What happens to faults when the application gave no handler. */
const defaultFaultHandler: FaultHandler = (error, context) => {
  if (context.kind === 'listener') {
    queueMicrotask(() => {
      throw error.cause
    })
    return
  }
  console.warn(`@alkdev/pubsub: ${context.kind}: ${error.code}: ${error.message}`)
}

/** A listener's exception, with the original as cause. */
export function listenerFault(thrown: unknown): CodedError {
  return new CodedError('EXECUTION_ERROR', 'a listener threw', { cause: thrown })
}

export function malformed(message: string, cause?: unknown): CodedError {
  return new CodedError('VALIDATION_ERROR', message, { cause })
}

export function targetClosed(): CodedError {
  return new CodedError('UNAVAILABLE', 'the event target is closed')
}

/** The fault handler, so wrapped that an exception of its own can't break the transport. */
export function guarded(handler: FaultHandler = defaultFaultHandler): FaultHandler {
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
