import { Repeater } from '../repeater.ts'

/** The next result of a source; always done after the operator has stopped. */
export type Pull<S> = () => Promise<IteratorResult<S, unknown>>

export interface Operator<T> {
  /** Starts reading a source. When the operator stops, the source is returned, unless it ended or failed before. */
  readonly open: <S>(source: AsyncIterable<S>) => Pull<S>
  /** Resolves with true when the consumer wants the next value, with false when it has left and the operator should stop. */
  readonly push: (value: T) => Promise<boolean>
  /** Returns the open sources before the operator stops. */
  readonly close: () => void
}

/**
 * The iterator of an operator. `run` starts at the first `next()` and reads its sources only as far as the consumer
 * asks; when it resolves the iteration ends, when it rejects the consumer gets the error, once. Either way, and when
 * the consumer leaves, all open sources are returned at once, and the end is reported after that.
 */
export function derive<T>(
  run: (operator: Operator<T>) => Promise<void>,
  limit = 1024,
): Repeater<T, undefined> {
  return new Repeater<T, undefined>(
    (push, stop) => {
      const open = new Set<AsyncIterator<unknown, unknown>>()
      let returned: Promise<void> = Promise.resolve()
      let stopped = false
      const close = (): void => {
        returned = Promise.all([returned, returnAll([...open])]).then(() => undefined)
        returned.catch(() => {})
        open.clear()
      }
      const cleanedUp = stop.then(() => {
        stopped = true
        close()
        return returned.then(() => undefined)
      })
      const operator: Operator<T> = {
        open<S>(source: AsyncIterable<S>): Pull<S> {
          if (stopped) return ended
          const iterator = source[Symbol.asyncIterator]()
          open.add(iterator)
          return async () => {
            if (stopped) return ended()
            try {
              const result = await iterator.next()
              if (result.done === true) open.delete(iterator)
              return result
            } catch (thrown) {
              open.delete(iterator)
              throw thrown
            }
          }
        },
        async push(value) {
          await push(value)
          return !stopped
        },
        close,
      }
      run(operator).then(() => stop(), stop)
      return cleanedUp
    },
    { limit },
  )
}

function ended(): Promise<IteratorReturnResult<undefined>> {
  return Promise.resolve({ value: undefined, done: true })
}

/** Tells all of them before it waits for any; then throws the first failure. */
async function returnAll(iterators: Iterable<AsyncIterator<unknown, unknown>>): Promise<void> {
  const returns = await Promise.allSettled(
    Array.from(iterators, async (iterator) => iterator.return?.()),
  )
  for (const result of returns) if (result.status === 'rejected') throw result.reason as Error
}
