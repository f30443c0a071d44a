import { CodedError } from '@alkdev/errors'

export interface ConsumeOptions {
  /** Gives up with ABORTED; the source is told to return at once. Without one the wait is as long as the source. */
  readonly signal?: AbortSignal
}

/** Gives every value to `visit`, one after the other. Rejects with what the source or `visit` throws; the source is told to return. */
export async function consume<S>(
  source: AsyncIterable<S>,
  visit: (value: S) => void | Promise<void>,
  options: ConsumeOptions = {},
): Promise<void> {
  const { signal } = options
  const iterator = source[Symbol.asyncIterator]()
  const aborted = Promise.withResolvers<never>()
  aborted.promise.catch(() => {})
  const onAbort = (): void => {
    aborted.reject(new CodedError('ABORTED', 'reading was aborted', { cause: signal?.reason }))
  }
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  let over = false
  const read = async (): Promise<void> => {
    while (!over) {
      const result = await iterator.next().catch((thrown: unknown) => {
        over = true
        throw thrown
      })
      if (result.done === true) over = true
      else if (!over) await visit(result.value)
    }
  }
  const reading = signal?.aborted ? aborted.promise : read()
  try {
    await (signal ? Promise.race([reading, aborted.promise]) : reading)
  } catch (thrown) {
    if (!over) {
      over = true
      reading.catch(() => {})
      const returned = Promise.resolve(iterator.return?.()).then(undefined, () => {})
      // A source that is parked returns when it wakes up: nobody who gave up waits for that.
      if (signal?.aborted !== true) await returned
    }
    throw thrown
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
