import { sql } from 'drizzle-orm'

/**
 * Settings of a transaction, as columns of a `select`. What the planner knows of a queue is old at any time: it would read all waiting calls and sort
 * them, where an index has the order. Statements with `order by` and these settings read only what they give.
 */
export const ORDER_FROM_INDEXES = sql.raw(
  [
    ['enable_incremental_sort', 'off'],
    ['enable_sort', 'off'],
    ['enable_seqscan', 'off'],
    ['enable_bitmapscan', 'off'],
    ['plan_cache_mode', 'force_generic_plan'],
  ]
    .map(([name, value]) => `set_config('${name}', '${value}', true)`)
    .join(', '),
)
