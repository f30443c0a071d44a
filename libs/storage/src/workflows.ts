// Workflows, their runs, events and signals: the entry `@alkdev/storage/workflows`.
export {
  claimLostRuns,
  claimRuns,
  readRunNews,
  readRunsState,
  releaseRun,
  renewRuns,
  wakeWorkflowRun,
} from './workflows/claim-runs.ts'
export type { RunClaim, RunNews, RunsState } from './workflows/claim-runs.ts'
export { readRunEvents, readRunLog } from './workflows/run-events.ts'
export type { NewRunEvent, StoredRunEvent } from './workflows/run-events.ts'
export {
  createWorkflowRun,
  getWorkflowRun,
  listWorkflowRuns,
  pruneWorkflowRuns,
} from './workflows/runs.ts'
export type { RunRights, WorkflowRun, WorkflowRunSummary } from './workflows/runs.ts'
export type { WaitingSignal } from './workflows/signals.ts'
export { readSignals, sendSignal } from './workflows/signals.ts'
export {
  createWorkflowVersion,
  findWorkflowVersion,
  getWorkflowVersion,
  listWorkflows,
} from './workflows/templates.ts'
export type { WorkflowSummary, WorkflowVersion } from './workflows/templates.ts'
export { reopenRun, requestRunAbort, writeRun } from './workflows/write-run.ts'
export type { RunEnd } from './workflows/write-run.ts'
