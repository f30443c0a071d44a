export { describeTarget, requireSession } from './database/connection-settings.ts'
export type { DatabaseAddress, DatabaseTarget } from './database/connection-settings.ts'
export { inTransaction } from './database/in-transaction.ts'
export { openDatabase } from './database/open-database.ts'
export type { Database, OpenDatabaseOptions } from './database/open-database.ts'
export { PostgresFailure } from './database/postgres-failure.ts'
export { storageError } from './database/storage-error.ts'
export type { Db } from './database/types.ts'
export { MIGRATIONS_FOLDER, readJournal } from './migrations/folder.ts'
export type { JournalEntry } from './migrations/folder.ts'
export { migrate } from './migrations/migrate.ts'
export type { MigrateOptions, MigrateResult, MigrationProgress } from './migrations/migrate.ts'
export { SCHEMA_LEVEL, checkSchemaLevel, readSchemaLevel } from './migrations/schema-level.ts'
export type { SchemaLevelState } from './migrations/schema-level.ts'
export { makeCallPartitions } from './call-log/call-partitions.ts'
export type { MadePartitions } from './call-log/call-partitions.ts'
export { insertCallLinks } from './call-log/insert-call-links.ts'
export type { CallLink } from './call-log/insert-call-links.ts'
export { insertCallRecords } from './call-log/insert-call-records.ts'
export type { InsertedCalls } from './call-log/insert-call-records.ts'
export { listCalls } from './call-log/list-calls.ts'
export type { ListCalls } from './call-log/list-calls.ts'
export { getCall, getCallEdges, getCallsBelow, getCallTree } from './call-log/read-calls.ts'
export type { CallEdge, CallTree } from './call-log/read-calls.ts'
export { deleteOperation, pruneCalls, repairEdges } from './call-log/retention.ts'
export type { PrunedCalls } from './call-log/retention.ts'
export type { CallSummary, StoredCall } from './call-log/stored-call.ts'
export { MAX_PAYLOAD_BYTES, PREVIEW_BYTES, storedPayload } from './call-log/stored-payload.ts'
export type { CutPayload } from './call-log/stored-payload.ts'
export { appendIdentityChange, appendRegistryChange } from './changes/append-change.ts'
export { pruneChanges, readChanges } from './changes/read-changes.ts'
export type { Change, ChangeList } from './changes/read-changes.ts'
export {
  claimIdempotencyKey,
  findIdempotencyKey,
  pruneIdempotencyKeys,
  releaseIdempotencyKey,
  settleIdempotencyKey,
} from './calls/idempotency-keys.ts'
export type {
  IdempotencyClaim,
  IdempotencyEnd,
  IdempotencyRecord,
  IdempotencyScope,
  ReplayRights,
} from './calls/idempotency-keys.ts'
export { createGrant, getGrantState, revokeGrant } from './identity/grants.ts'
export type { GrantState } from './identity/grants.ts'
export {
  createAccount,
  getAccount,
  getAccountByEmail,
  getVisibleAccount,
  isActiveAdmin,
  listAccounts,
  setAccountStatus,
  updateAccount,
} from './identity/accounts.ts'
export type { AccountChange, ListAccounts } from './identity/accounts.ts'
export {
  createApiKey,
  deleteApiKey,
  deleteApiKeysByOwner,
  findApiKeysByOwner,
  findApiKeysByTags,
  getApiKey,
  countLiveApiKeys,
  listApiKeys,
  rotationTimes,
  revokeApiKey,
  updateApiKey,
  lockApiKeys,
} from './identity/api-keys.ts'
export type { ApiKeyChange, ListApiKeys, RevokedApiKey } from './identity/api-keys.ts'
export { appendAudit, listAudit } from './identity/audit-log.ts'
export type { ListAudit } from './identity/audit-log.ts'
export {
  createInvitation,
  endInvitation,
  findPendingInvitation,
  INVITATION_LIMITS,
  listPendingInvitations,
} from './identity/invitations.ts'
export type { InvitationChoice, InvitationView, Invite } from './identity/invitations.ts'
export { findCallerStanding } from './identity/caller-standing.ts'
export type { CallerStanding } from './identity/caller-standing.ts'
export { findApiKeyByHash, findKeyHolder } from './identity/key-holder.ts'
export type { KeyHolder } from './identity/key-holder.ts'
export {
  addMember,
  deleteOrganization,
  getMember,
  listMembers,
  listOrganizations,
  lockOrganizationView,
  updateOrganization,
  isMemberOfAny,
  viewOrganization,
} from './identity/memberships.ts'
export type { ListOrganizations, MemberView, OrganizationView } from './identity/memberships.ts'
export { recordKeyUsage } from './identity/key-usage.ts'
export type { KeyUsage } from './identity/key-usage.ts'
export {
  createOrganization,
  getOrganization,
  listOrgIds,
  removeMember,
  setMembership,
  transferOwnership,
} from './identity/organizations.ts'
export { getRequestLimits, setRequestLimits } from './identity/request-limits.ts'
export type { LimitSubject } from './identity/request-limits.ts'
export type { HolderLimits } from './keypal-records.ts'
export { createDrizzleKeyStore } from './keypal-store.ts'
export { Keyset } from './paging/keyset.ts'
export type { Page, PageRequest } from './paging/keyset.ts'
export { createProject, deleteProject, updateProject } from './projects/change-projects.ts'
export type { DeletedProject, DeleteProject, ProjectChange } from './projects/change-projects.ts'
export {
  ensureProject,
  findProject,
  getProject,
  getVisibleProject,
  listProjects,
} from './projects/projects.ts'
export type { ProjectViewer } from './projects/projects.ts'
export {
  createWorkspace,
  deleteWorkspace,
  getWorkspace,
  listWorkspaces,
  updateWorkspace,
} from './projects/workspaces.ts'
export type { ListWorkspaces, WorkspaceChange, WorkspaceView } from './projects/workspaces.ts'
export { attachSpoke } from './registry/attach-spoke.ts'
export type { AttachSpoke, AttachedSpoke, PreviousAttachment } from './registry/attach-spoke.ts'
export { loadRegistry, loadRegistrySince } from './registry/load-registry.ts'
export type { RegistryDelta } from './registry/load-registry.ts'
export { replaceRegistrations } from './registry/replace-registrations.ts'
export type { Registration, ReplaceRegistrations } from './registry/replace-registrations.ts'
export { upsertServiceOperations } from './registry/service-operations.ts'
export {
  claimSpokes,
  deleteSpoke,
  disconnectSpoke,
  expireSuspended,
  listSpokeInstances,
  recordHeartbeats,
  setSpokeStatus,
  suspendSpokesOf,
} from './registry/spoke-status.ts'
export type { ClaimSpokes, SpokeStatusChange, SpokesChanged } from './registry/spoke-status.ts'
export {
  countRegistrations,
  getSpokeByName,
  listRegistrations,
  listSpokeStates,
  listSpokes,
  ownedSpokeNames,
} from './registry/spokes.ts'
export { recordResponsiveness } from './registry/spoke-responsiveness.ts'
export type { SpokeResponsiveness } from './registry/spoke-responsiveness.ts'
export type { ListSpokes, SpokeRegistration, SpokeState, SpokeView } from './registry/spokes.ts'
export {
  createRole,
  deleteRole,
  getRoleByName,
  listRoles,
  loadRoles,
  updateRole,
} from './roles/roles.ts'
export type { Role, RoleChange } from './roles/roles.ts'
export {
  countSecretsByVersion,
  deleteClientSecret,
  getClientSecret,
  listSecretsToReseal,
  listUnboundSecrets,
  putClientSecret,
  resealClientSecret,
} from './services/client-secrets.ts'
export type { SecretToReseal } from './services/client-secrets.ts'
export {
  clientNamesAmong,
  createClient,
  deleteClient,
  getClientByName,
  listClients,
  loadClients,
  updateClient,
} from './services/clients.ts'
export type {
  ClientChange,
  ClientView,
  ClientWithSecrets,
  ListClients,
} from './services/clients.ts'
export { getTask, listTasks, loadTaskGraph } from './tasks/read-tasks.ts'
export type { ListTasks, StoredTaskGraph, TaskSummary } from './tasks/read-tasks.ts'
export { syncTasks } from './tasks/sync-tasks.ts'
export type { AuthoredTask, SyncTasks, SyncedTasks, TaskEdge } from './tasks/sync-tasks.ts'
export { setTaskStatus } from './tasks/task-status.ts'
export type { TaskStatusChange } from './tasks/task-status.ts'
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
export type { Metadata, ResourceGrants, StoredRequestLimits } from './schema/common.ts'
export { DetectionInsert, DetectionRow, DetectionUpdate } from './schema/coordination/detections.ts'
export { DetectionKind, DetectionSeverity, MappingStatus } from './schema/coordination/families.ts'
export { MappingInsert, MappingRow, MappingUpdate } from './schema/coordination/mappings.ts'
export { AccountInsert, AccountRow, AccountUpdate } from './schema/identity/accounts.ts'
export { ApiKeyInsert, ApiKeyRow, ApiKeyUpdate } from './schema/identity/api-keys.ts'
export { AuditLogInsert, AuditLogRow } from './schema/identity/audit-logs.ts'
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
