/** What a deadline ended, and after how long. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly ms: number

  constructor(what: string, ms: number) {
    super(`${what} took longer than ${ms} ms`)
    this.ms = ms
  }
}

export interface TimeoutOptions<F = never> {
  readonly ms: number
  /** Names the work in the message of the error: `${what} took longer than ${ms} ms`. */
  readonly what: string
  /** Ends the wait early with its reason. */
  readonly signal?: AbortSignal | undefined
  /** The result at the deadline, instead of a rejection with TimeoutError. */
  readonly onTimeout?: (() => F) | undefined
}

/**
 * The result of `work`, or TimeoutError after `ms`, or the reason of the signal. The work itself continues; what it rejects with later
 * is ignored. Leaves no timer and no listener behind.
 */
export function withTimeout<T, F = never>(
  work: PromiseLike<T>,
  { ms, what, signal, onTimeout }: TimeoutOptions<F>,
): Promise<T | F> {
  return new Promise<T | F>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      if (onTimeout === undefined) return reject(new TimeoutError(what, ms))
      try {
        resolve(onTimeout())
      } catch (error) {
        reject(error)
      }
      return undefined
    }, ms)
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = (): void => {
      end()
      reject(signal?.reason)
    }
    work.then(
      (value) => {
        end()
        resolve(value)
      },
      (error: unknown) => {
        end()
        reject(error)
      },
    )
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * The result of `work`, or the reason of the signal as soon as it aborts. The work itself continues; what it rejects with later is
 * ignored. Leaves no listener behind.
 */
export function unlessAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = (): void => signal.removeEventListener('abort', onAbort)
    const onAbort = (): void => {
      end()
      reject(signal.reason)
    }
    work.then(
      (value) => {
        end()
        resolve(value)
      },
      (error: unknown) => {
        end()
        reject(error)
      },
    )
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
