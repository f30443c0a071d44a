// Live tasks: the entry `@alkdev/storage/tasks`.
export { claimTask } from './tasks/claim-task.ts'
export type { ClaimRefusal } from './tasks/claim-task.ts'
export { endTask } from './tasks/end-task.ts'
export type { TaskChangeRefusal } from './tasks/end-task.ts'
export {
  changedClaims,
  noteChangedClaim,
  readClaims,
  readTask,
  readTasksOfSessions,
  readTaskById,
} from './tasks/read-claims.ts'
export type { TaskWithClaim } from './tasks/read-claims.ts'
export { readHolderNames } from './tasks/holder-names.ts'
export { listTaskRows } from './tasks/read-tasks.ts'
export { loadLivePlan, readPlanVersion } from './tasks/live-plan.ts'
export type { LivePlan, PlannedTask } from './tasks/live-plan.ts'
export type { TaskHolder } from './tasks/lock-task.ts'
export {
  releaseEndedClaims,
  releaseTask,
  releaseTasksOfSession,
  releaseTasksOfSessions,
} from './tasks/release-task.ts'
export { reopenTask, setOpenStatus } from './tasks/set-open-status.ts'
export { takeWakeups } from './tasks/wakeups.ts'
export type { TaskClaimRow } from './schema/tasks/task-claims.ts'
export type { TaskRow } from './schema/tasks/tasks.ts'
