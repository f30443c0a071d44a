// Every table, enum and relation, by name: what drizzle-kit compares the migrations with and `openDatabase` gives to Drizzle.
export { callCallers } from './call-log/call-callers.ts'
export { callEdgeType, callGraphEdges } from './call-log/call-graph-edges.ts'
export { callLinks } from './call-log/call-links.ts'
export { callLog, callStatus } from './call-log/call-log.ts'
export { idempotencyKeys, idempotencyStatus } from './calls/idempotency-keys.ts'
export { queuedCallResults } from './calls/queued-call-results.ts'
export { queuedCallKind, queuedCallStatus, queuedCalls } from './calls/queued-calls.ts'
export { changeCounters, changeTopic } from './changes/change-counters.ts'
export { changeKind, changes } from './changes/changes.ts'
export { schemaLevels } from './changes/schema-levels.ts'
export { detectionKind, detectionSeverity, detections } from './coordination/detections.ts'
export { mappingStatus, mappings } from './coordination/mappings.ts'
export { accessLevel, accountKind, accountStatus, accounts } from './identity/accounts.ts'
export { apiKeys } from './identity/api-keys.ts'
export { auditLogs, auditResult } from './identity/audit-logs.ts'
export { grants } from './identity/grants.ts'
export { invitationStatus, organizationInvitations } from './identity/organization-invitations.ts'
export { membershipLevel, organizationMembers } from './identity/organization-members.ts'
export { organizations } from './identity/organizations.ts'
export {
  budgetPeriod,
  budgetSubject,
  budgetUnit,
  inferenceBudgets,
} from './inference/inference-budgets.ts'
export { inferenceUsage } from './inference/inference-usage.ts'
export { projects } from './projects/projects.ts'
export { workspaceStatus, workspaces } from './projects/workspaces.ts'
export {
  accountsRelations,
  apiKeysRelations,
  auditLogsRelations,
  clientSecretsRelations,
  clientsRelations,
  detectionsRelations,
  grantsRelations,
  mappingsRelations,
  messagesRelations,
  operationRegistrationsRelations,
  operationsRelations,
  organizationInvitationsRelations,
  organizationMembersRelations,
  organizationsRelations,
  partsRelations,
  projectsRelations,
  queuedCallsRelations,
  rolesRelations,
  sessionsRelations,
  spokesRelations,
  taskDependenciesRelations,
  tasksRelations,
  workflowRunEventsRelations,
  workflowRunsRelations,
  workflowTemplatesRelations,
  workspacesRelations,
} from './relations.ts'
export { roleMode, roles } from './roles/roles.ts'
export { clientSecrets } from './services/client-secrets.ts'
export { clients } from './services/clients.ts'
export { messageRole, messages } from './sessions/messages.ts'
export { partType, parts } from './sessions/parts.ts'
export { sessionStatus, sessions } from './sessions/sessions.ts'
export {
  operationRegistrations,
  providerType,
  registrationStatus,
} from './spokes/operation-registrations.ts'
export { operationType, operations, recordMode, retryClass } from './spokes/operations.ts'
export { spokeStatus, spokeType, spokes } from './spokes/spokes.ts'
export { taskDependencies } from './tasks/task-dependencies.ts'
export {
  taskImpact,
  taskLevel,
  taskPriority,
  taskRisk,
  taskScope,
  taskStatus,
  tasks,
} from './tasks/tasks.ts'
export { workflowRunEvents } from './workflows/workflow-run-events.ts'
export { workflowRunStatus, workflowRuns } from './workflows/workflow-runs.ts'
export { workflowTemplates } from './workflows/workflow-templates.ts'
