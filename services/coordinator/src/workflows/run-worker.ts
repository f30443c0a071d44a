import type { ServiceRuntime } from '@alkdev/service'
import type { ApprovalRow } from '@alkdev/storage'
import { claimLostRuns, claimRuns, readRunsState, renewRuns } from '@alkdev/storage/workflows'
import type { RunsState } from '@alkdev/storage/workflows'
import { ClaimWorker } from '../claims/claim-worker.ts'
import { ActiveRun } from './active-run.ts'
import type { RunOutcome } from './active-run.ts'
import type { WorkflowEvents } from './workflow-events.ts'

const SWEEP_MS = 500

export type RunWorker = ClaimWorker<RunOutcome, RunsState>

export interface RunWorkerOptions {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly events: WorkflowEvents
  /** Events of a run were stored. */
  readonly onWritten: (runId: string) => void
  /** Calls were queued for steps. */
  readonly onQueued: () => void
  /** A step asks. */
  readonly onAsked: (approval: ApprovalRow) => void
  /** A run has ended, and needs no answer any more. */
  readonly onWithdrawn: (approval: ApprovalRow) => void
}

/** Works on runs of workflows. In a drain, runs are given back when their calls have ended. Calls that run near the end of the budget are left to their providers. */
export function createRunWorker(options: RunWorkerOptions): RunWorker {
  const { runtime, events, onWritten, onQueued, onAsked, onWithdrawn } = options
  return new ClaimWorker({
    runtime,
    one: 'a run of a workflow',
    many: 'runs of workflows',
    sweepMs: SWEEP_MS,
    limits: () => runtime.config.workflows,
    statements: {
      claim: claimRuns,
      claimLost: claimLostRuns,
      renew: renewRuns,
      readState: readRunsState,
    },
    events,
    open: (claim, isHeld) =>
      new ActiveRun({
        runtime,
        claim,
        isHeld,
        onWritten: () => onWritten(claim.id),
        onQueued,
        onAsked,
        onWithdrawn,
        onNotWritten: (error) => events.failing(error, 'a run of a workflow could not be written'),
      }),
    onLeft: onWritten,
  })
}
