import type { Repeater } from '../repeater.ts'
import { derive } from './derive.ts'

/**
 * What `transform` makes of each value, in order; promises are awaited.
 * End: with the source. Error: of the source as it is; what `transform` throws returns the source. Early return:
 * returns the source at once. Concurrency: one transform at a time, the source is read only on demand. Memory: one value.
 */
export function map<T, U>(
  transform: (value: T) => U | Promise<U>,
): (source: AsyncIterable<T>) => Repeater<U, undefined> {
  return (source) =>
    derive(async ({ open, push }) => {
      const pull = open(source)
      for (let item = await pull(); item.done !== true; item = await pull()) {
        if (!(await push(await transform(item.value)))) return
      }
    })
}
