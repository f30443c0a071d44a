import type { Repeater } from '../repeater.ts'
import { derive } from './derive.ts'

/**
 * The values of all sources as they arrive; the order of each source is kept.
 * End: when all sources have ended; at once without sources. Error: the first one, after the values that arrived before it; the other sources
 * are returned. Early return: returns all sources at once. Concurrency: all sources start at the first `next()` and are
 * read side by side; each is read again only after its last value has been taken. Memory: one value per source.
 */
export function join<T>(...sources: readonly AsyncIterable<T>[]): Repeater<T, undefined> {
  return derive(
    async ({ open, push }) => {
      const pulls = sources.map((source) => open(source))
      await Promise.all(
        pulls.map(async (pull) => {
          for (let item = await pull(); item.done !== true; item = await pull()) {
            if (!(await push(item.value))) return
          }
        }),
      )
    },
    Math.max(1024, sources.length),
  )
}
