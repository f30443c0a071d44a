import { CodedError } from '@alkdev/errors'
import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import type { RunsState } from '@alkdev/storage/workflows'
import type { RunOutcome } from './active-run.ts'

/** What an operator should hear of runs of workflows. Never throws. */
export interface WorkflowEvents {
  started(): void
  /** The work of this process on a run is over. */
  left(runId: string, outcome: RunOutcome): void
  takenOver(runId: string): void
  failing(error: unknown, message: string, runId?: string): void
  state(state: RunsState): void
}

export function createWorkflowEvents({
  logger,
  metrics,
}: Pick<ServiceRuntime, 'logger' | 'metrics'>): WorkflowEvents {
  let state: RunsState = { due: 0, running: 0, waiting: 0 }
  const started = metrics.counter(METRICS.workflowRunsStarted)
  metrics.collect(METRICS.workflowRuns, () => ({ ...state }))
  return {
    started: () => started.inc(),
    left(runId, outcome) {
      metrics.counter(METRICS.workflowRunsLeft, outcome).inc()
      const level = outcome === 'lost' || outcome === 'failed' ? 'warn' : 'debug'
      logger[level]({ runId, outcome }, 'the work on a run of a workflow is over')
    },
    takenOver: (runId) =>
      logger.warn({ runId }, 'a run of a workflow was taken over from a coordinator that is gone'),
    failing(error, message, runId) {
      const level = CodedError.from(error).code === 'UNAVAILABLE' ? 'warn' : 'error'
      logger[level]({ err: error, runId }, message)
    },
    state: (now) => {
      state = now
    },
  }
}
