import { assertCount, tooMany } from './check.ts'
import { consume } from './consume.ts'
import type { ConsumeOptions } from './consume.ts'

export interface GroupByOptions extends ConsumeOptions {
  /** Values at most, of all groups together. Default 10 000. */
  readonly limit?: number
}

/**
 * All values of the source by key, as `Map.groupBy` does it for iterables: keys in the order of their first value, values in
 * the order of the source. For a source without an end put `take` before it, or group each array of `batch`.
 * End: resolves when the source has ended. Error: rejects with that of the source; with what `keyOf` throws, or with OVERLOADED at
 * the first value beyond `limit`, after telling the source to return. Early return: by `signal` (ABORTED). Concurrency: one `keyOf`
 * at a time; promises are awaited. Memory: `limit` values.
 */
export function groupBy<T, K>(
  keyOf: (value: T) => K | Promise<K>,
  options: GroupByOptions = {},
): (source: AsyncIterable<T>) => Promise<Map<K, T[]>> {
  const limit = options.limit ?? 10_000
  assertCount(limit, 'the limit of groupBy', 0)
  return async (source) => {
    const groups = new Map<K, T[]>()
    let held = 0
    await consume(
      source,
      async (value) => {
        if (held >= limit) throw tooMany('values for groupBy', limit)
        held += 1
        const key = await keyOf(value)
        const group = groups.get(key)
        if (group) group.push(value)
        else groups.set(key, [value])
      },
      options,
    )
    return groups
  }
}
