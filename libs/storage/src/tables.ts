export { CallCallerInsert, CallCallerRow } from './schema/call-log/call-callers.ts'
export { CallLinkInsert, CallLinkRow } from './schema/call-log/call-links.ts'
export { CallLogInsert, CallLogRow } from './schema/call-log/call-log.ts'
export { CallEdgeType, CallStatus } from './schema/call-log/families.ts'
export { IdempotencyStatus, QueuedCallKind, QueuedCallStatus } from './schema/calls/families.ts'
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
export { DetectionKind, DetectionSeverity, MappingStatus } from './schema/coordination/families.ts'
export { MappingInsert, MappingRow, MappingUpdate } from './schema/coordination/mappings.ts'
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
export { BudgetPeriod, BudgetSubject, BudgetUnit } from './schema/inference/families.ts'
export {
  InferenceBudgetInsert,
  InferenceBudgetRow,
  InferenceBudgetUpdate,
} from './schema/inference/inference-budgets.ts'
export { InferenceUsageInsert, InferenceUsageRow } from './schema/inference/inference-usage.ts'
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
  ClientSecretInsert,
  ClientSecretRow,
  ClientSecretUpdate,
} from './schema/services/client-secrets.ts'
export { ClientInsert, ClientRow, ClientUpdate } from './schema/services/clients.ts'
export { MessageRole, PartType, SessionStatus } from './schema/sessions/families.ts'
export { MessageInsert, MessageRow, MessageUpdate } from './schema/sessions/messages.ts'
export { PartInsert, PartRow, PartUpdate } from './schema/sessions/parts.ts'
export { SessionInsert, SessionRow, SessionUpdate } from './schema/sessions/sessions.ts'
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
export {
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
export { WorkflowRunStatus } from './schema/workflows/families.ts'
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
  WorkflowTemplateUpdate,
} from './schema/workflows/workflow-templates.ts'
