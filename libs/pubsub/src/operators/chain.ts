import type { Repeater } from '../repeater.ts'
import { derive } from './derive.ts'

/**
 * All values of the first source, then those of the second, and so on. A source is not touched before the one in front of it
 * has ended.
 * End: with the last source; at once without sources. Error: that of the source being read; the later ones are never started. Early
 * return: returns the source being read at once; the later ones are never started. Concurrency: one source at a time, read only on
 * demand. Memory: one value.
 */
export function chain<T>(...sources: readonly AsyncIterable<T>[]): Repeater<T, undefined> {
  return derive(async ({ open, push }) => {
    for (const source of sources) {
      const pull = open(source)
      for (let item = await pull(); item.done !== true; item = await pull()) {
        if (!(await push(item.value))) return
      }
    }
  })
}
