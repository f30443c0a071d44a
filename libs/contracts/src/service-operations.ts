import type { OperationSpec } from '@alkdev/operations'
import { accountsOperations } from './operations/accounts.ts'
import { auditOperations } from './operations/audit.ts'
import { callHistoryOperations } from './operations/call-history.ts'
import { callsOperations } from './operations/calls.ts'
import { clientsOperations } from './operations/clients.ts'
import { hubOperations } from './operations/hub.ts'
import { inferenceOperations } from './operations/inference.ts'
import { keysOperations } from './operations/keys.ts'
import { limitsOperations } from './operations/limits.ts'
import { invitationsOperations } from './operations/invitations.ts'
import { membersOperations } from './operations/members.ts'
import { orgsOperations } from './operations/orgs.ts'
import { projectsOperations } from './operations/projects.ts'
import { queueOperations } from './operations/queue.ts'
import { rolesOperations } from './operations/roles.ts'
import { spokesOperations } from './operations/spokes.ts'
import { tasksOperations } from './operations/tasks.ts'
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
  ...auditOperations,
  ...limitsOperations,
  ...projectsOperations,
  ...workspacesOperations,
  ...rolesOperations,
  ...callsOperations,
  ...callHistoryOperations,
  ...queueOperations,
  ...spokesOperations,
  ...tasksOperations,
  ...inferenceOperations,
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
