import { consume } from './consume.ts'
import type { ConsumeOptions } from './consume.ts'

/**
 * Folds the source into one value: `fold(accumulator, value)` for each value, one after the other; promises are awaited.
 * End: resolves when the source has ended, with `initial` when it was empty. Error: rejects with that of the source, or with
 * what `fold` throws after telling the source to return. Early return: by `signal` (ABORTED). Memory: the accumulator.
 */
export function reduce<T, R>(
  fold: (accumulator: R, value: T) => R | Promise<R>,
  initial: R,
  options: ConsumeOptions = {},
): (source: AsyncIterable<T>) => Promise<R> {
  return async (source) => {
    let accumulator = initial
    await consume(
      source,
      async (value) => {
        accumulator = await fold(accumulator, value)
      },
      options,
    )
    return accumulator
  }
}
