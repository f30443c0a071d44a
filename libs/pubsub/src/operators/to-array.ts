import { assertCount, tooMany } from './check.ts'
import { consume } from './consume.ts'
import type { ConsumeOptions } from './consume.ts'

export interface ToArrayOptions extends ConsumeOptions {
  /** Values at most. Default 10 000. */
  readonly limit?: number
}

/**
 * All values of the source.
 * End: resolves when the source has ended. Error: rejects with that of the source; with OVERLOADED at the first value beyond
 * `limit`, after telling the source to return. Early return: by `signal` (ABORTED). Memory: `limit` values.
 */
export async function toArray<T>(
  source: AsyncIterable<T>,
  options: ToArrayOptions = {},
): Promise<T[]> {
  const limit = options.limit ?? 10_000
  assertCount(limit, 'the limit of toArray', 0)
  const values: T[] = []
  await consume(
    source,
    (value) => {
      if (values.length >= limit) throw tooMany('values for toArray', limit)
      values.push(value)
    },
    options,
  )
  return values
}
