import { CodedError } from '@alkdev/errors'
import { METRICS } from '@alkdev/service'
import type { Metrics, ServiceRuntime } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import { pruneCalls, readDatabaseClock } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { leaveSpoke } from './prune-sessions.ts'
import type { BeforeDelete } from './prune-sessions.ts'
import { PRUNED_KINDS, PRUNERS } from './pruners.ts'
import type { PrunedKind, Retention } from './pruners.ts'

const DAY_MS = 86_400_000
/** Milliseconds between two runs in the whole deployment. */
const EVERY_MS = 600_000
/** PostgreSQL's clock, which decides what is old, may be ahead of that of this process by at most this time. */
const MAX_AHEAD_MS = DAY_MS
/** Rows of one statement, so that none holds its locks for long. */
const STEP_ROWS = 5000

export interface Pruned extends Readonly<Record<PrunedKind, number>> {
  /** Days of which all calls were deleted, by the names of their partitions. */
  readonly days: readonly string[]
  /** Calls that were deleted one by one. */
  readonly calls: number
}

interface PruneOptions {
  readonly onFailure?: (kind: PrunedKind, error: unknown) => void
  /** Of each session. */
  readonly beforeDelete?: BeforeDelete
}

const NOTHING_LEFT: BeforeDelete = () => Promise.resolve(() => Promise.resolve())

/**
 * Deletes rows after their retention time, and edges without calls: step by step, until nothing is left or the signal aborts. 0 days of calls
 * keep them without a limit. After `onFailure` the other kinds are still deleted; by default it throws. Throws UNAVAILABLE while the clock of PostgreSQL is
 * ahead of that of this process by more than a day: what a clock that jumped calls old is not deleted.
 */
export async function pruneHistory(
  db: Db,
  retention: Retention,
  signal: AbortSignal,
  stepRows = STEP_ROWS,
  { onFailure = rethrow, beforeDelete = NOTHING_LEFT }: PruneOptions = {},
): Promise<Pruned> {
  await requireClock(db)
  const { callDays } = retention
  const { days, rows } =
    callDays === 0 ? { days: [], rows: 0 } : await pruneCalls(db, callDays * DAY_MS, stepRows)
  const counts = { ...NOTHING }
  for (const kind of PRUNED_KINDS) {
    try {
      const step = () => PRUNERS[kind](db, retention, stepRows, beforeDelete)
      // oxlint-disable-next-line no-await-in-loop -- one statement at a time
      counts[kind] = await allSteps(step, stepRows, signal)
    } catch (error) {
      onFailure(kind, error)
    }
  }
  return { days, calls: rows, ...counts }
}

async function requireClock(db: Db): Promise<void> {
  const aheadMs = (await readDatabaseClock(db)) - Date.now()
  if (aheadMs <= MAX_AHEAD_MS) return
  const hours = Math.round(aheadMs / 3_600_000)
  throw new CodedError(
    'UNAVAILABLE',
    `The clock of PostgreSQL is ${hours} hours ahead of that of this machine: no history is deleted. Set the wrong one of the two.`,
  )
}

function rethrow(_kind: PrunedKind, error: unknown): never {
  throw error
}

const NOTHING = Object.fromEntries(PRUNED_KINDS.map((kind) => [kind, 0])) as Record<
  PrunedKind,
  number
>

/** Repeats a statement while it reaches its limit of rows. Returns the total of rows. */
async function allSteps(
  step: () => Promise<number>,
  stepRows: number,
  signal: AbortSignal,
): Promise<number> {
  let rows = 0
  while (!signal.aborted) {
    const changed = await step()
    rows += changed
    if (changed < stepRows) break
  }
  return rows
}

/** Counters of deleted rows. They exist from the start, so that a rate can be computed from the first run on. */
export function countPruned(metrics: Metrics): (pruned: Pruned) => void {
  const add = (what: string, count: number): void =>
    metrics.counter(METRICS.pruned, what).inc(count)
  const count = (pruned: Pruned): void => {
    add('days', pruned.days.length)
    add('calls', pruned.calls)
    for (const kind of PRUNED_KINDS) add(kind, pruned[kind])
  }
  // A series exists once something was added to it.
  count({ days: [], calls: 0, ...NOTHING })
  return count
}

/**
 * Prunes every ten minutes until draining begins. A Redis key with that lifetime lets one replica do it. A failure is logged, and the
 * next run tries again.
 */
export async function keepPruningHistory(runtime: ServiceRuntime<'coordinator'>): Promise<void> {
  const { db, redis, config, logger, metrics, draining } = runtime
  const count = countPruned(metrics)
  const failures = metrics.counter(METRICS.pruneFailures)
  const turn = `${config.redis.prefix}:prune-history`
  while (!draining.aborted) {
    try {
      // Spreads the replicas over time.
      await sleep(EVERY_MS * (0.75 + Math.random() / 2), draining)
      if ((await redis.set(turn, '1', 'PX', EVERY_MS / 2, 'NX')) === null) continue
      const onFailure = (kind: PrunedKind, error: unknown): void => {
        failures.inc()
        logger.warn({ err: error, kind }, 'history of one kind could not be pruned')
      }
      const pruned = await pruneHistory(db, config.retention, draining, STEP_ROWS, {
        onFailure,
        beforeDelete: leaveSpoke(runtime),
      })
      count(pruned)
      const { days, ...counts } = pruned
      if (days.length > 0 || Object.values(counts).some((rows) => rows > 0))
        logger.info(pruned, 'history pruned')
    } catch (error) {
      if (draining.aborted) return
      failures.inc()
      logger.warn({ err: error }, 'history could not be pruned')
    }
  }
}
