import type { Repeater } from '../repeater.ts'
import { assertCount } from './check.ts'
import { derive } from './derive.ts'

/**
 * The first `count` values. `take(0)` ends without touching the source.
 * End: after `count` values, or with the source. The source is returned as soon as the last value was read from it, before that
 * value is delivered. Error: of the source as it is; a source that fails to return does so at the end. Early
 * return: returns the source at once. Concurrency: the source is read only on demand. Memory: one value.
 * Throws VALIDATION_ERROR when `count` is not an integer of at least 0.
 */
export function take<T>(count: number): (source: AsyncIterable<T>) => Repeater<T, undefined> {
  assertCount(count, 'the count of take', 0)
  return (source) =>
    derive(async ({ open, push, close }) => {
      if (count === 0) return
      const pull = open(source)
      for (let taken = 1; ; taken += 1) {
        const item = await pull()
        if (item.done === true) return
        if (taken === count) close()
        if (!(await push(item.value)) || taken === count) return
      }
    })
}
