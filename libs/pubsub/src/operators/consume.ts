import { CodedError } from '@alkdev/errors'

export interface ConsumeOptions {
  /** Aborts with ABORTED and returns the source at once. Without a signal, reading lasts as long as the source. */
  readonly signal?: AbortSignal
}

/** Calls `visit` for every value, one after the other. Rejects with what the source or `visit` throws, and returns the source. */
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
      // A source that waits returns later; an aborted consumer does not wait for that.
      if (signal?.aborted !== true) await returned
    }
    throw thrown
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
