import type { Repeater } from '../repeater.ts'
import { assertCount } from './check.ts'
import { derive } from './derive.ts'

export interface DedupeOptions {
  /** Keys remembered. Default 1024. The one that was seen longest ago is forgotten first. */
  readonly limit?: number
}

/**
 * Leaves out values whose key is among the `limit` keys seen last (compared as a Map does; a repeated key counts as seen
 * again). Default key: the value itself.
 * End: with the source. Error: of the source as it is; what `keyOf` throws returns the source. Early return: returns the
 * source at once. Concurrency: one `keyOf` at a time, the source is read only on demand. Memory: `limit` keys and one value.
 */
export function dedupe<T>(
  keyOf: (value: T) => unknown = (value) => value,
  options: DedupeOptions = {},
): (source: AsyncIterable<T>) => Repeater<T, undefined> {
  const limit = options.limit ?? 1024
  assertCount(limit, 'the limit of dedupe')
  return (source) =>
    derive(async ({ open, push }) => {
      const pull = open(source)
      const seen = new Set<unknown>()
      for (let item = await pull(); item.done !== true; item = await pull()) {
        const key = await keyOf(item.value)
        const repeated = seen.delete(key)
        seen.add(key)
        if (seen.size > limit) for (const oldest of seen.keys()) if (seen.delete(oldest)) break
        if (!repeated && !(await push(item.value))) return
      }
    })
}
