import { METRICS } from '@alkdev/service'
import type { Metrics, ServiceRuntime } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import { pruneCalls, pruneChanges, pruneQueuedCalls, repairEdges } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

const DAY_MS = 86_400_000
/** Milliseconds between two runs in the whole deployment. */
const EVERY_MS = 600_000
/** Rows of one statement, so that none holds its locks for long. */
const STEP_ROWS = 5000
/** Changes that every process has read long ago: each reads them once a second, and a process that starts reads everything. */
const CHANGES_KEPT_MS = DAY_MS
/** An edge is deleted when one of its calls is not in the call log after this time. The longest calls end within it. */
const EDGE_GRACE_MS = DAY_MS

export interface Pruned {
  /** Days of which all calls were deleted, by the names of their partitions. */
  readonly days: readonly string[]
  /** Calls that were deleted one by one. */
  readonly calls: number
  readonly changes: number
  /** Edges of the call graph that were deleted because a call of theirs is not in the call log. */
  readonly edges: number
  /** Queued calls that ended long ago, with their results. */
  readonly queuedCalls: number
}

/** Days that things are kept; 0 days of calls: without a limit. */
export interface KeptDays {
  readonly callDays: number
  readonly queuedCallDays: number
  readonly deadLetterDays: number
}

/**
 * Deletes calls and queued calls older than they are kept, old changes, and edges whose calls are gone: step by step, until nothing is left
 * or the signal aborts.
 */
export async function pruneHistory(
  db: Db,
  { callDays, queuedCallDays, deadLetterDays }: KeptDays,
  signal: AbortSignal,
  stepRows = STEP_ROWS,
): Promise<Pruned> {
  const all = (step: () => Promise<number>): Promise<number> => allSteps(step, stepRows, signal)
  const changes = await all(() => pruneChanges(db, CHANGES_KEPT_MS, stepRows))
  const { days, rows } =
    callDays === 0 ? { days: [], rows: 0 } : await pruneCalls(db, callDays * DAY_MS, stepRows)
  const edges = await all(() => repairEdges(db, EDGE_GRACE_MS, stepRows))
  const queuedCalls = await all(() =>
    pruneQueuedCalls(db, {
      endedMs: queuedCallDays * DAY_MS,
      deadMs: deadLetterDays * DAY_MS,
      limit: stepRows,
    }),
  )
  return { days, calls: rows, changes, edges, queuedCalls }
}

/** Repeats a statement while it changes as many rows as it may. Gives the rows of all. */
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

/** Counters of what was deleted. They exist from the start, so that a rate can be taken from the first run on. */
export function countPruned(metrics: Metrics): (pruned: Pruned) => void {
  const counterOf = (what: keyof Pruned) => metrics.counter(METRICS.pruned, what)
  const [days, calls] = [counterOf('days'), counterOf('calls')]
  const [edges, changes] = [counterOf('edges'), counterOf('changes')]
  const queuedCalls = counterOf('queuedCalls')
  const count = (pruned: Pruned): void => {
    days.inc(pruned.days.length)
    calls.inc(pruned.calls)
    edges.inc(pruned.edges)
    changes.inc(pruned.changes)
    queuedCalls.inc(pruned.queuedCalls)
  }
  // A series exists once something was added to it.
  count({ days: [], calls: 0, edges: 0, changes: 0, queuedCalls: 0 })
  return count
}

/**
 * Prunes once in ten minutes until the draining begins. A Redis key that lives as long lets one replica do it. A failure is logged, and the
 * next run tries again.
 */
export async function keepPruningHistory(runtime: ServiceRuntime<'coordinator'>): Promise<void> {
  const { db, redis, config, logger, metrics, draining } = runtime
  const count = countPruned(metrics)
  const failures = metrics.counter(METRICS.pruneFailures)
  const turn = `${config.redis.prefix}:prune-history`
  while (!draining.aborted) {
    try {
      // Not all replicas at the same moment.
      await sleep(EVERY_MS * (0.75 + Math.random() / 2), draining)
      if ((await redis.set(turn, '1', 'PX', EVERY_MS / 2, 'NX')) === null) continue
      const pruned = await pruneHistory(db, config.retention, draining)
      count(pruned)
      const { days, calls, changes, edges, queuedCalls } = pruned
      if (days.length + calls + changes + edges + queuedCalls > 0)
        logger.info(pruned, 'history pruned')
    } catch (error) {
      if (draining.aborted) return
      failures.inc()
      logger.warn({ err: error }, 'history could not be pruned')
    }
  }
}
