import type { Repeater } from '../repeater.ts'
import { assertCount } from './check.ts'
import { derive } from './derive.ts'

export interface WindowOptions {
  /** Values by which the window moves on. Default 1. */
  readonly step?: number
}

/**
 * Sliding arrays of exactly `size` consecutive values, each `step` values after the one before; every array is a new one.
 * End: with the source; values that fill no window any more are lost (`batch` keeps them). Error: of the source as it is. Early return:
 * returns the source at once. Concurrency: the source is read only on demand. Memory: `size` values.
 * Throws VALIDATION_ERROR when `size` or `step` is not an integer of at least 1.
 */
export function window<T>(
  size: number,
  options: WindowOptions = {},
): (source: AsyncIterable<T>) => Repeater<T[], undefined> {
  const step = options.step ?? 1
  assertCount(size, 'the size of window')
  assertCount(step, 'the step of window')
  return (source) =>
    derive(async ({ open, push }) => {
      const pull = open(source)
      const values: T[] = []
      let skip = 0
      for (let item = await pull(); item.done !== true; item = await pull()) {
        if (skip > 0) {
          skip -= 1
          continue
        }
        values.push(item.value)
        if (values.length < size) continue
        if (!(await push([...values]))) return
        values.splice(0, step)
        skip = Math.max(0, step - size)
      }
    })
}
