import type { CoordinatorContext } from '../context.ts'
import { keepCallPartitions } from './keep-call-partitions.ts'
import { keepPruningHistory } from './prune-history.ts'

/** Starts what the coordinator does beside its operations. */
export function startJobs({ runtime }: CoordinatorContext): void {
  runtime.onReady('partitions of the call log', () => void keepCallPartitions(runtime))
  runtime.onReady('pruning of the history', () => void keepPruningHistory(runtime))
}
