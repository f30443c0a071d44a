import type { CoordinatorContext } from '../context.ts'
import { keepPruningHistory } from './prune-history.ts'

/** Starts what the coordinator does beside its operations. */
export function startJobs({ runtime }: CoordinatorContext): void {
  runtime.onReady('pruning of the history', () => void keepPruningHistory(runtime))
}
