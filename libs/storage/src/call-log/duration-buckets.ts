import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'

/** The upper end of bucket 0, in milliseconds. */
const LOWEST_MS = 0.1
/** Buckets per doubling: an estimate is off by at most 2^(1/8), which is 9 %. */
const PER_DOUBLING = 4
/** The last bucket: it holds everything longer than about 25 hours as well. */
const LAST = 120

/** For SQL: the bucket of a duration in milliseconds. Bucket n holds the durations up to 0.1 ms * 2^(n/4), above those of bucket n - 1. */
export function bucketOf(ms: SQLWrapper): SQL {
  return sql`least(greatest(ceil(ln(greatest(${ms}::double precision, ${LOWEST_MS}::double precision) / ${LOWEST_MS}::double precision)
    / ln(2::double precision) * ${PER_DOUBLING}::int), 0), ${LAST}::int)::smallint`
}

/** A histogram of durations: the buckets that hold something, ascending, and how many each holds. */
export interface DurationHistogram {
  readonly buckets: readonly number[]
  readonly bucketCounts: readonly number[]
}

/**
 * The duration in milliseconds below which this part of the calls lies (0 to 1; nearest rank): the middle of its bucket on the logarithmic
 * scale. 0 for an empty histogram.
 */
export function quantileMs({ buckets, bucketCounts }: DurationHistogram, part: number): number {
  const total = bucketCounts.reduce((sum, count) => sum + count, 0)
  const rank = Math.max(1, Math.ceil(part * total))
  let seen = 0
  for (const [at, bucket] of buckets.entries()) {
    seen += bucketCounts[at] ?? 0
    if (seen >= rank) return middleOf(bucket)
  }
  return 0
}

function middleOf(bucket: number): number {
  return bucket === 0 ? LOWEST_MS : LOWEST_MS * 2 ** ((bucket - 0.5) / PER_DOUBLING)
}
