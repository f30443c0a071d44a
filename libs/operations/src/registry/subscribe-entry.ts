import { abortError } from '../calls/abort-error.ts'
import { CallError } from '../calls/call-error.ts'
import { admit, envelopeOf, handlerError } from './execute.ts'
import type { Registered } from './registered.ts'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'
import type { OperationContext } from './types.ts'

/**
 * The items of a subscription, each checked against the output schema. All checks are made at the first `next()`.
 * Leaving the loop ends the handler's generator and waits for its `finally`. An abort of `context.signal` ends it too, but is not
 * held up by a handler that does not look at its signal.
 */
export async function* subscribeEntry(
  entry: Registered,
  input: unknown,
  context: OperationContext,
): AsyncGenerator<ResponseEnvelope, void, unknown> {
  const interrupt = new Interrupt(context.signal)
  let source: AsyncIterator<unknown> | undefined
  let state: 'idle' | 'working' | 'ended' = 'idle'
  try {
    admit(entry, input, context)
    const handler = entry.handler as (input: unknown, context: OperationContext) => unknown
    source = iteratorOf(entry, handler(input, context))
    for (;;) {
      state = 'working'
      const next = await interrupt.orResult(source.next())
      if (next.done === true) {
        state = 'ended'
        return
      }
      state = 'idle'
      yield envelopeOf(entry, next.value)
    }
  } catch (error) {
    throw handlerError(entry, error, context)
  } finally {
    interrupt.release()
    if (state !== 'ended' && source?.return !== undefined) {
      const left = source.return()
      if (state === 'idle') await left
      else left.then(undefined, () => {})
    }
  }
}

function iteratorOf(entry: Registered, result: unknown): AsyncIterator<unknown> {
  const make =
    typeof result === 'object' && result !== null
      ? (result as { [Symbol.asyncIterator]?: () => AsyncIterator<unknown> })[Symbol.asyncIterator]
      : undefined
  if (typeof make !== 'function')
    throw new CallError(
      'EXECUTION_ERROR',
      `The handler of ${entry.id} did not return an async iterable.`,
    )
  return make.call(result)
}

/** One listener on a signal for many waits, so that neither the signal nor a promise collects one entry for each item. */
class Interrupt {
  readonly #signal: AbortSignal | undefined
  #reject: ((reason: unknown) => void) | undefined
  readonly #onAbort = (): void => {
    if (this.#signal !== undefined) this.#reject?.(abortError(this.#signal))
  }

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** The result, unless the signal aborts before. */
  orResult<T>(result: Promise<T>): Promise<T> {
    const signal = this.#signal
    if (signal === undefined) return result
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject
      result.then(resolve, reject)
      if (signal.aborted) reject(abortError(signal))
    })
  }

  release(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
