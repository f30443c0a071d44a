export { addressOf, requireSession } from './database/connection-settings.ts'
export type { DatabaseTarget } from './database/connection-settings.ts'
export { inTransaction, readAtOnce } from './database/in-transaction.ts'
export { openDatabase } from './database/open-database.ts'
export type { Database } from './database/open-database.ts'
export type { StatementLane } from './database/statement-lane.ts'
export { PostgresFailure } from './database/postgres-failure.ts'
export type { Db } from './database/types.ts'
export { migrate } from './migrations/migrate.ts'
export type { MigrationProgress } from './migrations/migrate.ts'
export { SCHEMA_LEVEL, checkSchemaLevel, readSchemaLevel } from './migrations/schema-level.ts'
export type { Claim, ClaimRequest, LostClaimRequest, RenewedClaim } from './claims/claim-rows.ts'
export { countCallStats, pruneCallStats } from './call-log/count-call-stats.ts'
export { databaseNow, makeCallPartitions, readDatabaseClock } from './call-log/call-partitions.ts'
export { insertCallLinks } from './call-log/insert-call-links.ts'
export { insertCallRecords } from './call-log/insert-call-records.ts'
export { listCalls } from './call-log/list-calls.ts'
export type { ListCalls } from './call-log/list-calls.ts'
export { readCallOrder } from './call-log/read-call-order.ts'
export {
  callStatsCountedUntil,
  readCallStats,
  readRecentCalls,
} from './call-log/read-call-stats.ts'
export type { CallStatsGroup } from './call-log/read-call-stats.ts'
export {
  getCall,
  getCallEdges,
  getCallOutline,
  getCallsBelow,
  getCallTree,
} from './call-log/read-calls.ts'
export { pruneOperationCalls } from './call-log/prune-operation-calls.ts'
export { deleteOperation, pruneCalls, repairEdges } from './call-log/retention.ts'
export { storedPayload } from './call-log/stored-payload.ts'
export type { CallSummary, StoredCall } from './call-log/stored-call.ts'
export { appendIdentityChange, appendRegistryChange } from './changes/append-change.ts'
export { pruneChanges, readChanges } from './changes/read-changes.ts'
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
  ReplayRights,
} from './calls/idempotency-keys.ts'
export { askApproval, askOthers } from './approvals/ask-approval.ts'
export type { AskApproval } from './approvals/ask-approval.ts'
export {
  answerApproval,
  expireApproval,
  findOverdueApprovals,
  withdrawApprovals,
} from './approvals/end-approval.ts'
export type { ApprovalAnswer, OnApprovalEnd } from './approvals/end-approval.ts'
export {
  getApproval,
  latestApproval,
  listApprovals,
  pruneApprovals,
  standingQuestion,
} from './approvals/read-approvals.ts'
export type { WorkViewer } from './approvals/read-approvals.ts'
export {
  pruneInvitations,
  pruneMerges,
  pruneSchedules,
  pruneTaskChecks,
  pruneTaskWakeups,
} from './retention/prune-ended.ts'
export { pruneAudit, pruneEndedKeys } from './retention/prune-identity.ts'
export { pruneSpokes } from './retention/prune-spokes.ts'
export {
  pruneBudgets,
  pruneGrants,
  pruneOperations,
  pruneWorkflowVersions,
  pruneWorkspaces,
} from './retention/prune-unused.ts'
export { pruneUsage } from './retention/prune-usage.ts'
export {
  pruneFindings,
  raiseFinding,
  raiseFindingOnce,
  resolveFindings,
  resolveOldFindings,
} from './findings/findings.ts'
export { readTimeline } from './database/read-timeline.ts'
export type { NewFinding } from './findings/findings.ts'
export { listInbox, sessionsOfInbox } from './inbox/list-inbox.ts'
export type { InboxRow } from './inbox/inbox-source.ts'
export { getGrantState, moveGrants } from './identity/grants.ts'
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
export {
  createApiKey,
  findApiKeysByOwner,
  countLiveApiKeys,
  listApiKeys,
  listTaggedKeys,
  rotationTimes,
  revokeApiKey,
  lockApiKeys,
} from './identity/api-keys.ts'
export { appendAudit, listAudit } from './identity/audit-log.ts'
export {
  createInvitation,
  endInvitation,
  findPendingInvitation,
  INVITATION_LIMITS,
  listPendingInvitations,
} from './identity/invitations.ts'
export type { InvitationView } from './identity/invitations.ts'
export { findCallerStanding } from './identity/caller-standing.ts'
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
export type { MemberView, OrganizationView } from './identity/memberships.ts'
export {
  createOrganization,
  listOrgIds,
  removeMember,
  setMembership,
  transferOwnership,
} from './identity/organizations.ts'
export { getRequestLimits, setRequestLimits } from './identity/request-limits.ts'
export type { LimitSubject, StoredLimits } from './identity/request-limits.ts'
export { createDrizzleKeyStore } from './keypal-store.ts'
export { createProject, deleteProject, updateProject } from './projects/change-projects.ts'
export { accountsThatSee } from './projects/project-viewers.ts'
export {
  ensureProject,
  findProject,
  getProject,
  getVisibleProject,
  listProjects,
} from './projects/projects.ts'
export {
  createWorkspace,
  deleteWorkspace,
  getWorkspace,
  listWorkspaces,
  updateWorkspace,
} from './projects/workspaces.ts'
export type { WorkspaceView } from './projects/workspaces.ts'
export { attachSpoke } from './registry/attach-spoke.ts'
export { attachWithRegistrations } from './registry/attach-with-registrations.ts'
export type { AttachSpoke, PreviousAttachment } from './registry/attach-spoke.ts'
export { loadRegistry, loadRegistrySince } from './registry/load-registry.ts'
export { replaceRegistrations } from './registry/replace-registrations.ts'
export type { Registration } from './registry/replace-registrations.ts'
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
export {
  countRegistrations,
  getSpokeByName,
  listRegistrations,
  listSpokeStates,
  listSpokes,
  ownedSpokeNames,
} from './registry/spokes.ts'
export { recordResponsiveness } from './registry/spoke-responsiveness.ts'
export type { SpokeView } from './registry/spokes.ts'
export {
  createRole,
  deleteRole,
  getRoleByName,
  listRoles,
  loadRoles,
  updateRole,
} from './roles/roles.ts'
export type { Role } from './roles/roles.ts'
export {
  countSecretsByVersion,
  deleteClientSecret,
  getClientSecret,
  listSecretsToReencrypt,
  listUnboundSecrets,
  putClientSecret,
  reencryptClientSecret,
} from './services/client-secrets.ts'
export {
  claimClient,
  getClientConnection,
  listClientConnections,
  listConnectableClients,
  noteConnection,
  releaseClient,
  renewClients,
  requestClientRefresh,
  setConnectionState,
} from './services/client-connections.ts'
export type { ConnectableClient } from './services/client-connections.ts'
export {
  acceptClientOperations,
  countClientOperations,
  isOfferedNamespace,
  listClientOperations,
} from './services/client-registrations.ts'
export type { ClientOperationView } from './services/client-registrations.ts'
export { replaceClientOperations } from './services/replace-client-operations.ts'
export type { OfferedOperation } from './services/replace-client-operations.ts'
export { putManagedClients } from './services/managed-clients.ts'
export type { ManagedClient } from './services/managed-clients.ts'
export type { SecretToReseal } from './services/client-secrets.ts'
export {
  clientNamesAmong,
  createClient,
  deleteClient,
  getClientByName,
  listClients,
  loadClient,
  loadClients,
  updateClient,
} from './services/clients.ts'
export type { ClientView, ClientWithSecrets } from './services/clients.ts'
export { listTasks, listVisibleTasks, loadTaskGraph } from './tasks/read-tasks.ts'
export type { TaskSummary } from './tasks/read-tasks.ts'
export { syncTasks } from './tasks/sync-tasks.ts'
export type { AuthoredTask } from './tasks/sync-tasks.ts'
export { ApprovalRow } from './schema/approvals/approvals.ts'
export { AccountInsert, AccountRow, AccountUpdate } from './schema/identity/accounts.ts'
export { ApiKeyRow } from './schema/identity/api-keys.ts'
export { AuditLogInsert, AuditLogRow } from './schema/identity/audit-logs.ts'
export { AccountStatus } from './schema/identity/families.ts'
export { OrganizationRow } from './schema/identity/organizations.ts'
export { ProjectRow } from './schema/projects/projects.ts'
export { SpokeStatus } from './schema/spokes/families.ts'
