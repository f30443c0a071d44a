// Every table, enum and relation, by name: what drizzle-kit compares the migrations with and `openDatabase` gives to Drizzle.
export {
  approvalDecision,
  approvalKind,
  approvals,
  approvalScope,
  approvalStatus,
} from './approvals/approvals.ts'
export { callCallers } from './call-log/call-callers.ts'
export { callEdgeType, callGraphEdges } from './call-log/call-graph-edges.ts'
export { callLinks } from './call-log/call-links.ts'
export { callLog, callStatus } from './call-log/call-log.ts'
export { callStatsProgress } from './call-log/call-stats-progress.ts'
export { callStats } from './call-log/call-stats.ts'
export { idempotencyKeys, idempotencyStatus } from './calls/idempotency-keys.ts'
export { queuedCallResults } from './calls/queued-call-results.ts'
export { queueStarts } from './calls/queue-starts.ts'
export { queuedCallStatus, queuedCalls } from './calls/queued-calls.ts'
export { changeCounters, changeTopic } from './changes/change-counters.ts'
export { changeKind, changes } from './changes/changes.ts'
export { schemaLevels } from './changes/schema-levels.ts'
export { detectionSeverity, detections } from './coordination/detections.ts'
export { mappingStatus, mappings, workOutcome } from './coordination/mappings.ts'
export { mergeQueue, mergeStatus } from './coordination/merge-queue.ts'
export { sessionAbortReceipts } from './coordination/session-abort-receipts.ts'
export { sessionAborts } from './coordination/session-aborts.ts'
export { spokeProcesses } from './coordination/spoke-processes.ts'
export { worktreeInventory } from './coordination/worktree-inventory.ts'
export { accessLevel, accountKind, accountStatus, accounts } from './identity/accounts.ts'
export { apiKeys } from './identity/api-keys.ts'
export { auditLogs, auditResult } from './identity/audit-logs.ts'
export { grants } from './identity/grants.ts'
export { invitationStatus, organizationInvitations } from './identity/organization-invitations.ts'
export { membershipLevel, organizationMembers } from './identity/organization-members.ts'
export { organizations } from './identity/organizations.ts'
export { budgetEntries, budgetEntryKind } from './inference/budget-entries.ts'
export { budgetSlices } from './inference/budget-slices.ts'
export { budgetPeriod, budgets, budgetSubject, budgetUnit } from './inference/budgets.ts'
export { inferenceAttempts } from './inference/inference-attempts.ts'
export { endedBy, inferenceUsage, settledBy, usageSource } from './inference/inference-usage.ts'
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
export { catchUpPolicy, overlapPolicy, schedules, scheduleStatus } from './schedules/schedules.ts'
export { firingStatus, scheduleFirings } from './schedules/schedule-firings.ts'
export { clientConnections, clientConnectionStatus } from './services/client-connections.ts'
export { clientSecrets } from './services/client-secrets.ts'
export { clients } from './services/clients.ts'
export { messageDelivery, messageMode, messageRole, messages } from './sessions/messages.ts'
export { partType, parts } from './sessions/parts.ts'
export { sessionEvents } from './sessions/session-events.ts'
export { sessionPermissions } from './sessions/session-permissions.ts'
export {
  endReason,
  inputPolicy,
  sessionMode,
  sessionStatus,
  sessions,
  waitKind,
} from './sessions/sessions.ts'
export { toolCalls, toolCallStatus } from './sessions/tool-calls.ts'
export { stepStatus, turnSteps } from './sessions/turn-steps.ts'
export { turnWaits } from './sessions/turn-waits.ts'
export { turns, turnStatus } from './sessions/turns.ts'
export {
  operationRegistrations,
  providerType,
  registrationStatus,
} from './spokes/operation-registrations.ts'
export { operationType, operations, recordMode, retryClass } from './spokes/operations.ts'
export { spokeStatus, spokeType, spokes } from './spokes/spokes.ts'
export { taskChecks, taskCheckStatus } from './tasks/task-checks.ts'
export { taskClaims } from './tasks/task-claims.ts'
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
export { taskPlans } from './tasks/task-plans.ts'
export { taskWakeups } from './tasks/task-wakeups.ts'
export { deliveryStatus, webhookDeliveries, webhookEvent } from './webhooks/webhook-deliveries.ts'
export { webhooks } from './webhooks/webhooks.ts'
export { webhookSecrets } from './webhooks/webhook-secrets.ts'
export { workflowRunEvents } from './workflows/workflow-run-events.ts'
export { workflowRunStatus, workflowRuns } from './workflows/workflow-runs.ts'
export { workflowSignals } from './workflows/workflow-signals.ts'
export { workflowFailurePolicy, workflowTemplates } from './workflows/workflow-templates.ts'
