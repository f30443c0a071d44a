/** `pending`: to be claimed; `waiting`: no process works on it until something happens or `wake_at` comes. */
export const WorkflowRunStatus = {
  PENDING: 'pending',
  RUNNING: 'running',
  WAITING: 'waiting',
  COMPLETED: 'completed',
  FAILED: 'failed',
  ABORTED: 'aborted',
} as const
export type WorkflowRunStatus = (typeof WorkflowRunStatus)[keyof typeof WorkflowRunStatus]

/** What a failure does to steps behind it that have started. */
export const WorkflowFailurePolicy = {
  CONTINUE_RUNNING: 'continue-running',
  ABORT_DEPENDENTS: 'abort-dependents',
} as const
export type WorkflowFailurePolicy =
  (typeof WorkflowFailurePolicy)[keyof typeof WorkflowFailurePolicy]
