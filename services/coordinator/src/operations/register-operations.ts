import { auditDenials, ServiceRegistry } from '@alkdev/service'
import type { CoordinatorContext } from '../context.ts'
import { approvalsAnswer } from './approvals/answer.ts'
import { approvalsGet } from './approvals/get.ts'
import { approvalsList } from './approvals/list.ts'
import { callsAbort } from './calls/abort.ts'
import { callsGet } from './calls/get.ts'
import { callsActivity } from './calls/activity.ts'
import { callsGraph } from './calls/graph.ts'
import { callsList } from './calls/list.ts'
import { callsRepeat } from './calls/repeat.ts'
import { callsStats } from './calls/stats.ts'
import { callsTree } from './calls/tree.ts'
import { callsWatch } from './calls/watch.ts'
import { callsAwait } from './calls/await.ts'
import { callsDeadLetters } from './calls/dead-letters.ts'
import { callsEnqueueMany } from './calls/enqueue-many.ts'
import { callsEnqueue } from './calls/enqueue.ts'
import { callsQueued } from './calls/queued.ts'
import { callsAbortMany } from './calls/abort-many.ts'
import { callsRepeatDead } from './calls/repeat-dead.ts'
import { coordAbort } from './coord/abort.ts'
import { coordAwait } from './coord/await.ts'
import { coordSleep } from './coord/sleep.ts'
import { coordDetect } from './coord/detect.ts'
import { coordMerge } from './coord/merge.ts'
import { coordMerges } from './coord/merges.ts'
import { coordMessage } from './coord/message.ts'
import { coordNotify } from './coord/notify.ts'
import { coordSpawn } from './coord/spawn.ts'
import { coordStatus } from './coord/status.ts'
import { inboxList } from './inbox/list.ts'
import { projectsCreate } from './projects/create.ts'
import { projectsDelete } from './projects/delete.ts'
import { projectsGet } from './projects/get.ts'
import { projectsList } from './projects/list.ts'
import { projectsUpdate } from './projects/update.ts'
import { rolesCheck } from './roles/check.ts'
import { rolesCreate } from './roles/create.ts'
import { rolesDelete } from './roles/delete.ts'
import { rolesGet } from './roles/get.ts'
import { rolesList } from './roles/list.ts'
import { rolesUpdate } from './roles/update.ts'
import { schedulesCreate } from './schedules/create.ts'
import { schedulesDelete } from './schedules/delete.ts'
import { schedulesFirings } from './schedules/firings.ts'
import { schedulesGet } from './schedules/get.ts'
import { schedulesList } from './schedules/list.ts'
import { schedulesPause } from './schedules/pause.ts'
import { schedulesResume } from './schedules/resume.ts'
import { schedulesRunNow } from './schedules/run-now.ts'
import { schedulesUpdate } from './schedules/update.ts'
import { sessionsArchive } from './sessions/archive.ts'
import { sessionsCreate } from './sessions/create.ts'
import { sessionsDelete } from './sessions/delete.ts'
import { sessionsExport } from './sessions/export.ts'
import { sessionsFork } from './sessions/fork.ts'
import { sessionsGet } from './sessions/get.ts'
import { sessionsImport } from './sessions/import.ts'
import { sessionsList } from './sessions/list.ts'
import { sessionsMessages } from './sessions/messages.ts'
import { sessionsOutput } from './sessions/output.ts'
import { sessionsPermissions, sessionsRevokePermission } from './sessions/permissions.ts'
import { sessionsPrompt } from './sessions/prompt.ts'
import { sessionsRegrant } from './sessions/regrant.ts'
import { sessionsSetTodos } from './sessions/set-todos.ts'
import { sessionsRevert, sessionsUnrevert } from './sessions/revert.ts'
import { sessionsStop } from './sessions/stop.ts'
import { sessionsWatch } from './sessions/watch.ts'
import { tasksClaim } from './tasks/claim.ts'
import { tasksCost } from './tasks/cost.ts'
import { tasksCritical } from './tasks/critical.ts'
import { tasksExport } from './tasks/export.ts'
import { tasksGet } from './tasks/get.ts'
import { tasksGraph } from './tasks/graph.ts'
import { tasksList } from './tasks/list.ts'
import { tasksNext } from './tasks/next.ts'
import { tasksRelease } from './tasks/release.ts'
import { tasksReopen } from './tasks/reopen.ts'
import { tasksRisk } from './tasks/risk.ts'
import { tasksSync } from './tasks/sync.ts'
import { tasksUpdateStatus } from './tasks/update-status.ts'
import { tasksWaves } from './tasks/waves.ts'
import { tasksWhatIf } from './tasks/what-if.ts'
import { webhooksCreate } from './webhooks/create.ts'
import { webhooksDelete } from './webhooks/delete.ts'
import { webhooksDeliveries } from './webhooks/deliveries.ts'
import { webhooksGet } from './webhooks/get.ts'
import { webhooksList } from './webhooks/list.ts'
import { webhooksRepeat } from './webhooks/repeat.ts'
import { webhooksRotate } from './webhooks/rotate.ts'
import { webhooksTest } from './webhooks/test.ts'
import { workflowsAbort } from './workflows/abort.ts'
import { workflowsBranch } from './workflows/branch.ts'
import { workflowsCreate } from './workflows/create.ts'
import { workflowsGet } from './workflows/get.ts'
import { workflowsList } from './workflows/list.ts'
import { workflowsRetry } from './workflows/retry.ts'
import { workflowsRun } from './workflows/run.ts'
import { workflowsRuns } from './workflows/runs.ts'
import { workflowsSignal } from './workflows/signal.ts'
import { workflowsValidate } from './workflows/validate.ts'
import { workflowsWatch } from './workflows/watch.ts'
import { workspacesCreate } from './workspaces/create.ts'
import { workspacesDelete } from './workspaces/delete.ts'
import { workspacesGet } from './workspaces/get.ts'
import { workspacesList } from './workspaces/list.ts'
import { workspacesUpdate } from './workspaces/update.ts'

const queries = [
  approvalsGet,
  approvalsList,
  callsGet,
  callsActivity,
  callsGraph,
  callsList,
  callsStats,
  callsTree,
  callsWatch,
  callsAwait,
  callsDeadLetters,
  callsQueued,
  coordAwait,
  coordSleep,
  coordMerges,
  coordStatus,
  inboxList,
  projectsGet,
  projectsList,
  rolesCheck,
  rolesGet,
  rolesList,
  schedulesFirings,
  schedulesGet,
  schedulesList,
  sessionsExport,
  sessionsGet,
  sessionsList,
  sessionsMessages,
  sessionsOutput,
  sessionsPermissions,
  sessionsWatch,
  tasksCost,
  tasksCritical,
  tasksExport,
  tasksGet,
  tasksGraph,
  tasksList,
  tasksNext,
  tasksRisk,
  tasksWaves,
  tasksWhatIf,
  webhooksDeliveries,
  webhooksGet,
  webhooksList,
  workflowsGet,
  workflowsList,
  workflowsRuns,
  workflowsValidate,
  workflowsWatch,
  workspacesGet,
  workspacesList,
] as const
/** Their refusals are written to the audit log. */
const mutations = [
  approvalsAnswer,
  callsAbort,
  callsAbortMany,
  callsEnqueue,
  callsEnqueueMany,
  callsRepeatDead,
  coordAbort,
  coordDetect,
  coordMerge,
  coordMessage,
  coordNotify,
  coordSpawn,
  projectsCreate,
  projectsDelete,
  projectsUpdate,
  rolesCreate,
  rolesDelete,
  rolesUpdate,
  workflowsAbort,
  workflowsBranch,
  workflowsCreate,
  workflowsRetry,
  workflowsRun,
  workflowsSignal,
  schedulesCreate,
  schedulesDelete,
  schedulesPause,
  schedulesResume,
  schedulesRunNow,
  schedulesUpdate,
  webhooksCreate,
  webhooksDelete,
  webhooksRepeat,
  webhooksRotate,
  webhooksTest,
  sessionsArchive,
  sessionsCreate,
  sessionsDelete,
  sessionsFork,
  sessionsImport,
  sessionsPrompt,
  sessionsRegrant,
  sessionsSetTodos,
  sessionsRevert,
  sessionsRevokePermission,
  sessionsStop,
  sessionsUnrevert,
  tasksClaim,
  tasksRelease,
  tasksReopen,
  tasksUpdateStatus,
  workspacesCreate,
  workspacesDelete,
  workspacesUpdate,
] as const

/** Serves the operations that the coordinator answers. */
export function registerOperations(context: CoordinatorContext): void {
  const { bus, db, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serve(callsRepeat(context))
  registry.serve(tasksSync(context))
  registry.serveAll(queries.map((define) => define(context)))
  registry.serveAll(mutations.map((define) => auditDenials(define(context), db, logger)))
  bus.serveService(registry)
}
