import type { CoordinatorContext } from '../context.ts'
import { watchSessions } from '../detection/watch-sessions.ts'
import { keepCallPartitions } from './keep-call-partitions.ts'
import { keepCallStats } from './keep-call-stats.ts'
import { keepInvariants } from './keep-invariants.ts'
import { keepPruningHistory } from './prune-history.ts'
import { keepReconciling } from '../reconcile/keep-reconciling.ts'
import { keepTasks } from '../tasks/keep-tasks.ts'
import { watchTimeline } from './watch-timeline.ts'

/** Starts the background jobs of the coordinator. */
export function startJobs(context: CoordinatorContext): void {
  const { runtime } = context
  runtime.onReady('partitions of the call log', () => void keepCallPartitions(runtime))
  runtime.onReady('counts of calls', () => void keepCallStats(runtime))
  watchSessions(context)
  keepInvariants(runtime)
  runtime.onReady('timeline of PostgreSQL', () => void watchTimeline(runtime))
  runtime.onReady('pruning of the history', () => void keepPruningHistory(runtime))
  runtime.onReady('worktrees and processes', () => void keepReconciling(runtime))
  runtime.onReady('claims of tasks', () => void keepTasks(runtime))
}
