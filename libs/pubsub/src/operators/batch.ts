import type { Repeater } from '../repeater.ts'
import { assertCount } from './check.ts'
import { derive } from './derive.ts'
import type { Pull } from './derive.ts'

export interface BatchOptions {
  /** Milliseconds after its first value at which a batch is given although it is not full. Default: none. */
  readonly maxWaitMs?: number
}

/**
 * Arrays of `size` values, in order; the last may be shorter, none is empty.
 * End: with the source, after the values held. Error: the values held are given first, then the error of the source. Early
 * return: returns the source at once; what is held is lost. Concurrency: the source is read only while a batch is asked for, one value at a time;
 * a read that was under way when the time ran out counts for the next batch. Memory: `size` values.
 * Throws VALIDATION_ERROR when `size` or `maxWaitMs` is not an integer of at least 1.
 */
export function batch<T>(
  size: number,
  options: BatchOptions = {},
): (source: AsyncIterable<T>) => Repeater<T[], undefined> {
  const { maxWaitMs } = options
  assertCount(size, 'the size of batch')
  if (maxWaitMs !== undefined) assertCount(maxWaitMs, 'maxWaitMs of batch')
  return (source) =>
    derive(async ({ open, push }) => {
      const reader = new BatchReader(open(source))
      for (;;) {
        const values = await reader.read(size, maxWaitMs)
        if (values.length > 0 && !(await push(values))) return
        if (reader.failure) throw reader.failure.error
        if (reader.ended) return
      }
    })
}

class BatchReader<T> {
  readonly #pull: Pull<T>
  #reading: Promise<IteratorResult<T, unknown>> | undefined
  ended = false
  failure: { readonly error: unknown } | undefined

  constructor(pull: Pull<T>) {
    this.#pull = pull
  }

  /** Up to `size` values; fewer at the end, after an error, or when the time since the first is over. */
  async read(size: number, maxWaitMs: number | undefined): Promise<T[]> {
    const values: T[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    let timeout: Promise<'timeout'> | undefined
    try {
      while (values.length < size) {
        this.#reading ??= this.#pull()
        const item = await (timeout ? Promise.race([this.#reading, timeout]) : this.#reading)
        if (item === 'timeout') return values
        this.#reading = undefined
        if (item.done === true) {
          this.ended = true
          return values
        }
        values.push(item.value)
        if (maxWaitMs === undefined || timeout) continue
        timeout = new Promise((resolve) => {
          timer = setTimeout(resolve, maxWaitMs, 'timeout')
        })
      }
    } catch (error) {
      this.failure = { error }
    } finally {
      clearTimeout(timer)
    }
    return values
  }
}
