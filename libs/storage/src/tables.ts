export { ApprovalInsert, ApprovalRow } from './schema/approvals/approvals.ts'
export {
  ApprovalDecision,
  ApprovalKind,
  ApprovalScope,
  ApprovalStatus,
} from './schema/approvals/families.ts'
export { CallCallerInsert, CallCallerRow } from './schema/call-log/call-callers.ts'
export { CallLinkInsert, CallLinkRow } from './schema/call-log/call-links.ts'
export { CallLogInsert, CallLogRow } from './schema/call-log/call-log.ts'
export {
  CallStatsProgressInsert,
  CallStatsProgressRow,
} from './schema/call-log/call-stats-progress.ts'
export { CallStatsInsert, CallStatsRow } from './schema/call-log/call-stats.ts'
export { CallEdgeType, CallStatus } from './schema/call-log/families.ts'
export { IdempotencyStatus, QueuedCallStatus } from './schema/calls/families.ts'
export {
  IdempotencyKeyInsert,
  IdempotencyKeyRow,
  IdempotencyKeyUpdate,
} from './schema/calls/idempotency-keys.ts'
export { QueuedCallResultInsert, QueuedCallResultRow } from './schema/calls/queued-call-results.ts'
export { QueuedCallInsert, QueuedCallRow, QueuedCallUpdate } from './schema/calls/queued-calls.ts'
export { ChangeCounterRow } from './schema/changes/change-counters.ts'
export { ChangeInsert, ChangeRow } from './schema/changes/changes.ts'
export { ChangeKind, ChangeTopic } from './schema/changes/families.ts'
export { SchemaLevelRow } from './schema/changes/schema-levels.ts'
export type { Metadata, ResourceGrants } from './schema/common.ts'
export { DetectionInsert, DetectionRow, DetectionUpdate } from './schema/coordination/detections.ts'
export {
  DetectionSeverity,
  MappingStatus,
  MergeStatus,
  WorkOutcome,
} from './schema/coordination/families.ts'
export { MappingInsert, MappingRow, MappingUpdate } from './schema/coordination/mappings.ts'
export {
  MergeQueueInsert,
  MergeQueueRow,
  MergeQueueUpdate,
} from './schema/coordination/merge-queue.ts'
export {
  SessionAbortReceiptInsert,
  SessionAbortReceiptRow,
} from './schema/coordination/session-abort-receipts.ts'
export { SessionAbortInsert, SessionAbortRow } from './schema/coordination/session-aborts.ts'
export { SpokeProcessInsert, SpokeProcessRow } from './schema/coordination/spoke-processes.ts'
export {
  WorktreeInventoryInsert,
  WorktreeInventoryRow,
  WorktreeInventoryUpdate,
} from './schema/coordination/worktree-inventory.ts'
export { ApiKeyInsert, ApiKeyRow, ApiKeyUpdate } from './schema/identity/api-keys.ts'
export {
  AccessLevel,
  AccountKind,
  AccountStatus,
  AuditResult,
  InvitationStatus,
  MembershipLevel,
} from './schema/identity/families.ts'
export { GrantInsert, GrantRow, GrantUpdate } from './schema/identity/grants.ts'
export {
  OrganizationInvitationInsert,
  OrganizationInvitationRow,
} from './schema/identity/organization-invitations.ts'
export {
  OrganizationMemberInsert,
  OrganizationMemberRow,
  OrganizationMemberUpdate,
} from './schema/identity/organization-members.ts'
export {
  OrganizationInsert,
  OrganizationRow,
  OrganizationUpdate,
} from './schema/identity/organizations.ts'
export { BudgetEntryRow } from './schema/inference/budget-entries.ts'
export { BudgetSliceRow } from './schema/inference/budget-slices.ts'
export { BudgetRow } from './schema/inference/budgets.ts'
export {
  BudgetPeriod,
  BudgetSubject,
  BudgetUnit,
  EndedBy,
  SettledBy,
  UsageSource,
} from './schema/inference/families.ts'
export { InferenceAttemptRow } from './schema/inference/inference-attempts.ts'
export { InferenceUsageRow } from './schema/inference/inference-usage.ts'
export { ProjectInsert, ProjectRow, ProjectUpdate } from './schema/projects/projects.ts'
export {
  WorkspaceInsert,
  WorkspaceRow,
  WorkspaceStatus,
  WorkspaceUpdate,
} from './schema/projects/workspaces.ts'
export { RoleInsert, RoleMode, RoleRow, RoleUpdate } from './schema/roles/roles.ts'
export type { RolePermission } from './schema/roles/roles.ts'
export {
  CatchUpPolicy,
  FiringStatus,
  OverlapPolicy,
  ScheduleStatus,
} from './schema/schedules/families.ts'
export { ScheduleFiringInsert, ScheduleFiringRow } from './schema/schedules/schedule-firings.ts'
export { ScheduleInsert, ScheduleRow } from './schema/schedules/schedules.ts'
export { DeliveryStatus, WebhookEvent } from './schema/webhooks/families.ts'
export { WebhookDeliveryRow } from './schema/webhooks/webhook-deliveries.ts'
export { WebhookSecretRow } from './schema/webhooks/webhook-secrets.ts'
export { WebhookInsert, WebhookRow } from './schema/webhooks/webhooks.ts'
export {
  ClientSecretInsert,
  ClientSecretRow,
  ClientSecretUpdate,
} from './schema/services/client-secrets.ts'
export { ClientConnectionRow } from './schema/services/client-connections.ts'
export { ClientConnectionStatus } from './schema/services/families.ts'
export { ClientInsert, ClientRow, ClientUpdate } from './schema/services/clients.ts'
export {
  EndReason,
  InputPolicy,
  MessageDelivery,
  MessageMode,
  MessageRole,
  PartType,
  SessionMode,
  SessionStatus,
  StepStatus,
  ToolCallStatus,
  TurnStatus,
  WaitKind,
} from './schema/sessions/families.ts'
export { MessageInsert, MessageRow, MessageUpdate } from './schema/sessions/messages.ts'
export { PartInsert, PartRow, PartUpdate } from './schema/sessions/parts.ts'
export { SessionEventInsert, SessionEventRow } from './schema/sessions/session-events.ts'
export {
  SessionPermissionInsert,
  SessionPermissionRow,
} from './schema/sessions/session-permissions.ts'
export { SessionInsert, SessionRow, SessionUpdate } from './schema/sessions/sessions.ts'
export { ToolCallInsert, ToolCallRow } from './schema/sessions/tool-calls.ts'
export { TurnStepInsert, TurnStepRow } from './schema/sessions/turn-steps.ts'
export { TurnWaitInsert, TurnWaitRow } from './schema/sessions/turn-waits.ts'
export { TurnInsert, TurnRow } from './schema/sessions/turns.ts'
export {
  ProviderType,
  RecordMode,
  RegistrationStatus,
  RetryClass,
  SpokeStatus,
} from './schema/spokes/families.ts'
export {
  OperationRegistrationInsert,
  OperationRegistrationRow,
  OperationRegistrationUpdate,
} from './schema/spokes/operation-registrations.ts'
export {
  OperationInsert,
  OperationRow,
  OperationUpdate,
  REMOVED_OPERATION_ID,
} from './schema/spokes/operations.ts'
export { SpokeInsert, SpokeRow, SpokeUpdate } from './schema/spokes/spokes.ts'
export type { SpokeHostInfo } from './schema/spokes/spokes.ts'
export { TaskCheckInsert, TaskCheckRow, TaskCheckUpdate } from './schema/tasks/task-checks.ts'
export { TaskClaimInsert, TaskClaimRow, TaskClaimUpdate } from './schema/tasks/task-claims.ts'
export {
  TaskCheckStatus,
  TaskImpact,
  TaskLevel,
  TaskPriority,
  TaskRisk,
  TaskScope,
  TaskStatus,
} from './schema/tasks/families.ts'
export {
  TaskDependencyInsert,
  TaskDependencyRow,
  TaskDependencyUpdate,
} from './schema/tasks/task-dependencies.ts'
export { TaskInsert, TaskRow, TaskUpdate } from './schema/tasks/tasks.ts'
export type { TaskCheck } from './schema/tasks/tasks.ts'
export { TaskWakeupInsert, TaskWakeupRow } from './schema/tasks/task-wakeups.ts'
export { WorkflowFailurePolicy, WorkflowRunStatus } from './schema/workflows/families.ts'
export {
  WorkflowRunEventInsert,
  WorkflowRunEventRow,
} from './schema/workflows/workflow-run-events.ts'
export {
  WorkflowRunInsert,
  WorkflowRunRow,
  WorkflowRunUpdate,
} from './schema/workflows/workflow-runs.ts'
export {
  WorkflowTemplateInsert,
  WorkflowTemplateRow,
} from './schema/workflows/workflow-templates.ts'
export { WorkflowSignalInsert, WorkflowSignalRow } from './schema/workflows/workflow-signals.ts'
