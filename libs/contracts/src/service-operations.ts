import type { OperationSpec } from '@alkdev/operations'
import { accountsOperations } from './operations/accounts.ts'
import { approvalsOperations } from './operations/approvals.ts'
import { auditOperations } from './operations/audit.ts'
import { budgetsOperations } from './operations/budgets.ts'
import { callGraphOperations } from './operations/call-graph.ts'
import { callHistoryOperations } from './operations/call-history.ts'
import { callStatsOperations } from './operations/call-stats.ts'
import { callsOperations } from './operations/calls.ts'
import { clientConnectionsOperations } from './operations/client-connections.ts'
import { clientsOperations } from './operations/clients.ts'
import { coordOperations } from './operations/coord.ts'
import { hubOperations } from './operations/hub.ts'
import { inboxOperations } from './operations/inbox.ts'
import { inferenceOperations } from './operations/inference.ts'
import { keysOperations } from './operations/keys.ts'
import { limitsOperations } from './operations/limits.ts'
import { invitationsOperations } from './operations/invitations.ts'
import { membersOperations } from './operations/members.ts'
import { orgsOperations } from './operations/orgs.ts'
import { projectsOperations } from './operations/projects.ts'
import { queueOperations } from './operations/queue.ts'
import { rolesOperations } from './operations/roles.ts'
import { schedulesOperations } from './operations/schedules.ts'
import { sessionsOperations } from './operations/sessions.ts'
import { spokesOperations } from './operations/spokes.ts'
import { systemOperations } from './operations/system.ts'
import { taskClaimOperations } from './operations/task-claims.ts'
import { taskPlanOperations } from './operations/task-plan.ts'
import { tasksOperations } from './operations/tasks.ts'
import { webhooksOperations } from './operations/webhooks.ts'
import { workflowRunsOperations } from './operations/workflow-runs.ts'
import { workflowsOperations } from './operations/workflows.ts'
import { workspacesOperations } from './operations/workspaces.ts'
import type { ServiceName, ServiceOperation } from './service-operation.ts'

/** Every operation of the hub itself. What is not here does not exist: OPERATION_NOT_FOUND. */
export const SERVICE_OPERATIONS: readonly ServiceOperation[] = [
  ...hubOperations,
  ...accountsOperations,
  ...orgsOperations,
  ...invitationsOperations,
  ...membersOperations,
  ...keysOperations,
  ...clientsOperations,
  ...clientConnectionsOperations,
  ...auditOperations,
  ...limitsOperations,
  ...systemOperations,
  ...projectsOperations,
  ...workspacesOperations,
  ...rolesOperations,
  ...callsOperations,
  ...callHistoryOperations,
  ...callStatsOperations,
  ...callGraphOperations,
  ...queueOperations,
  ...approvalsOperations,
  ...sessionsOperations,
  ...coordOperations,
  ...schedulesOperations,
  ...webhooksOperations,
  ...inboxOperations,
  ...workflowsOperations,
  ...workflowRunsOperations,
  ...spokesOperations,
  ...tasksOperations,
  ...taskClaimOperations,
  ...taskPlanOperations,
  ...inferenceOperations,
  ...budgetsOperations,
]

/** The specs that a service (or, for `local`, every process) answers. */
export function specsOf(service: ServiceName | 'local'): readonly OperationSpec[] {
  return SERVICE_OPERATIONS.filter((operation) => operation.service === service).map(
    (operation) => operation.spec,
  )
}

/** The spec of one of the hub's own operations. Throws RangeError for an id that is not in the table. */
export function serviceSpec(operationId: string): OperationSpec {
  const found = SERVICE_OPERATIONS.find(
    ({ spec }) => `${spec.namespace}.${spec.name}` === operationId,
  )
  if (found === undefined) throw new RangeError(`${operationId} is not an operation of the hub`)
  return found.spec
}
