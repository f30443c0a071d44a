export { clientOrigin, clientUrls, reservedHeaders } from './client-address.ts'
export { CLIENT_SECRET_KEY, clientSecretPlace } from './client-secret.ts'
export {
  CLIENT_CONFIGS,
  CLIENT_TYPES,
  ComputeConfig,
  CustomConfig,
  LlmProviderConfig,
  McpServerConfig,
  MODEL_PROTOCOLS,
  OauthConfig,
  OpenapiConfig,
  SDK_PACKAGE_PATTERN,
  VcsConfig,
} from './client-types.ts'
export type { ClientType, ModelProtocol } from './client-types.ts'
export type {
  Authenticated,
  HolderLimits,
  StoredQueueLimits,
  StoredRequestLimits,
} from './authenticated.ts'
export type { Actor, CallHeader } from './call-header.ts'
export type { AbortReceipt, CallFailure, CallRecord, CallTiming } from './call-record.ts'
export { FINDING_KINDS } from './findings.ts'
export { HUB_EVENT_NAMES, HUB_EVENTS } from './hub-events.ts'
export type { HubEventName } from './hub-events.ts'
export { hopDepth, HOPS_HEADER } from './hops.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export {
  isOperationName,
  isReservedNamespace,
  isSpokeName,
  OPERATION_NAME_PATTERN,
  OWN_OPERATION_PATTERN,
  pinnedOperationId,
  NAME_PATTERN,
  SERVICE_NAMESPACES,
  SPOKE_KINDS,
  SPOKE_NAME_PATTERN,
  SPOKE_TYPES,
} from './names.ts'
export type { SpokeKind, SpokeType } from './names.ts'
export {
  AccessLevelName,
  Account,
  AccountKindName,
  AccountRef,
  AccountsCreateInput,
  AccountsListInput,
  AccountsMeInput,
  AccountsMeOutput,
  AccountsSetStatusInput,
  AccountStatusName,
  AccountsUpdateInput,
} from './operations/accounts.ts'
export {
  Approval,
  ApprovalRef,
  ApprovalsAnswerInput,
  ApprovalsListInput,
} from './operations/approvals.ts'
export {
  Schedule,
  ScheduleCallOptions,
  ScheduleFiring,
  ScheduleRef,
  SchedulesCreateInput,
  SchedulesDeleteOutput,
  SchedulesFiringsInput,
  SchedulesListInput,
  SchedulesRunNowOutput,
  SchedulesUpdateInput,
} from './operations/schedules.ts'
export {
  Webhook,
  WebhookDelivery,
  WebhookRef,
  WebhooksCreateInput,
  WebhooksCreateOutput,
  WebhooksDeleteOutput,
  WebhooksDeliveriesInput,
  WebhooksListInput,
  WebhooksRepeatInput,
  WebhooksRepeatOutput,
  WebhooksRotateInput,
  WebhooksRotateOutput,
} from './operations/webhooks.ts'
export { WEBHOOK_HEADERS, webhookSecretPlace } from './webhook.ts'
export { InboxItem, INBOX_KINDS, InboxListInput } from './operations/inbox.ts'
export { AuditEntry, AuditListInput } from './operations/audit.ts'
export {
  SystemFinding,
  SystemHealth,
  SystemInstance,
  SystemInvariant,
} from './operations/system.ts'
export {
  Workspace,
  WorkspaceRef,
  WorkspacesCreateInput,
  WorkspacesListInput,
  WorkspaceStatusName,
  WorkspacesUpdateInput,
} from './operations/workspaces.ts'
export { Budget, BudgetRef, BudgetsListInput, BudgetsSetInput } from './operations/budgets.ts'
export { LimitsGetInput, LimitsOutput, LimitsSetInput, RequestLimit } from './operations/limits.ts'
export {
  Invitation,
  InvitationAnswerInput,
  InvitationRef,
  OrgsInviteInput,
  OrgsListInvitationsInput,
} from './operations/invitations.ts'
export {
  Member,
  MemberRef,
  OrgsListMembersInput,
  OrgsSetMembershipInput,
} from './operations/members.ts'
export {
  MembershipLevelName,
  Organization,
  OrgRef,
  OrgsCreateInput,
  OrgsListInput,
  OrgsTransferInput,
  OrgsUpdateInput,
} from './operations/orgs.ts'
export {
  Project,
  ProjectRef,
  ProjectsCreateInput,
  ProjectsDeleteInput,
  ProjectsListInput,
  ProjectsUpdateInput,
} from './operations/projects.ts'
export {
  EffectiveRole,
  Role,
  RoleDetails,
  RoleModeName,
  RolePermission,
  RoleRef,
  RolesCheckInput,
  RolesCheckOutput,
  RolesCreateInput,
  RolesListInput,
  RolesUpdateInput,
} from './operations/roles.ts'
export {
  CallsListInput,
  CallsRepeatInput,
  CallsRepeatOutput,
  CallsTreeInput,
  CallsTreeOutput,
  CallSummary,
  CallsWatchInput,
  CallsWatchOutput,
} from './operations/call-history.ts'
export { CallsGraphEdge, CallsGraphInput, CallsGraphOutput } from './operations/call-graph.ts'
export {
  CallsActivityInput,
  CallsActivityOutput,
  CallsStatsInput,
  CallsStatsOutput,
  CallStats,
  CallStatsKey,
} from './operations/call-stats.ts'
export {
  Call,
  CallsAbortInput,
  CallsAbortOutput,
  CallsGetInput,
  CallTree,
} from './operations/calls.ts'
export {
  Workflow,
  WORKFLOW_LIMITS,
  WORKFLOW_STEPS,
  WorkflowProblem,
  WorkflowsCreateInput,
  WorkflowsCreateOutput,
  WorkflowsListInput,
  WorkflowsRunInput,
  WorkflowsRunOutput,
  WorkflowSummary,
  WorkflowsValidateInput,
  WorkflowsValidateOutput,
} from './operations/workflows.ts'
export {
  WorkflowRun,
  WorkflowRunSummary,
  WorkflowsAbortInput,
  WorkflowsAbortOutput,
  WorkflowsBranchInput,
  WorkflowsBranchOutput,
  WorkflowsGetInput,
  WorkflowsGetOutput,
  WorkflowsRetryInput,
  WorkflowsRetryOutput,
  WorkflowsRunsInput,
  WorkflowsSignalInput,
  WorkflowStep,
  WorkflowsWatchInput,
  WorkflowsWatchOutput,
} from './operations/workflow-runs.ts'
export {
  CallsAbortManyInput,
  CallsAbortManyOutput,
  CallsAwaitInput,
  CallsDeadLettersInput,
  CallsEnqueueInput,
  CallsEnqueueManyInput,
  CallsEnqueueManyOutput,
  CallsEnqueueOutput,
  CallsQueuedInput,
  CallsRepeatDeadInput,
  CallsRepeatDeadOutput,
  QueuedCallItem,
} from './operations/queue.ts'
export {
  ClientOperation,
  ClientRefreshed,
  ClientsAccepted,
  ClientsAcceptInput,
  ClientStatus,
  ClientsStatusInput,
  ClientsTestInput,
  ClientTrial,
} from './operations/client-connections.ts'
export {
  Client,
  ClientConnectionView,
  ClientName,
  ClientRef,
  ClientsCreateInput,
  ClientsDeleteOutput,
  ClientsListInput,
  ClientsUpdateInput,
  ClientTypeName,
} from './operations/clients.ts'
export {
  HubListInput,
  HubListOutput,
  HubSchemaInput,
  HubSearchInput,
  HubSearchOutput,
  OperationDescription,
  OperationProvider,
  OperationSummary,
  ScoredOperation,
} from './operations/hub.ts'
export {
  ExplainedTarget,
  InferenceExplainInput,
  InferenceExplainOutput,
  InferenceModel,
  InferenceModelsInput,
  InferenceModelsOutput,
  InferenceProvidersInput,
  InferenceProvidersOutput,
  InferenceTestProviderInput,
  InferenceUsageInput,
  InferenceUsageItem,
  InferenceUsageOutput,
  ModelDialect,
  ModelPrices,
  ProviderState,
  ProviderTrial,
} from './operations/inference.ts'
export {
  ApiKey,
  KeyRef,
  KeysCreateInput,
  KeysListInput,
  KeysRevokeOutput,
  KeysRotateInput,
  KeysUpdateInput,
  KeyWithSecret,
} from './operations/keys.ts'
export {
  Spoke,
  SpokeDetails,
  SpokeName,
  SpokesDeleteOutput,
  SpokesDisconnectOutput,
  SpokesDrainInput,
  SpokesDrainOutput,
  SpokesListInput,
} from './operations/spokes.ts'
export { REPLACES_UNSTORABLE, SECRET_OUTPUT } from './operations/define.ts'
export type { RegistryOperation, RegistrySnapshot, RegistrySpoke } from './registry-snapshot.ts'
export { ScopeName } from './schemas.ts'
export { MODEL_CALL_PURPOSE, MODEL_CALL_TTL_MS, ModelCallToken } from './model-call.ts'
export { SCOPES } from './scopes.ts'
export type { Scope } from './scopes.ts'
export {
  GEN_AI_ATTRIBUTES,
  HUB_ATTRIBUTES,
  MCP_ATTRIBUTES,
  SEMANTIC_CONVENTIONS_VERSION,
  TRACE_ATTRIBUTES,
} from './semantic-conventions.ts'
export { SERVICE_NAMES } from './service-operation.ts'
export type { ServiceName, ServiceOperation } from './service-operation.ts'
export { SERVICE_OPERATIONS, serviceSpec, specsOf } from './service-operations.ts'
export {
  HostInfo,
  RegisteredOperation,
  RequestId,
  SpokeGoodbye,
  SpokeHello,
  SpokeWelcome,
} from './spoke-protocol.ts'
export { isTraceparent } from './traceparent.ts'
export type { SpanAttributes, SpanKind, Tracer, TraceScope, TraceSpan } from './tracing.ts'
export { WireAccessControl, WireOperationSpec } from './wire-operation-spec.ts'
export { WORKFLOW_RUN, workflowRunOf } from './workflow-run.ts'
export {
  BEARER_SUBPROTOCOL_PREFIX,
  BUS_WIRE_VERSION,
  CALL_EVENTS,
  CLOSE_CODES,
  HUB_FRAMES,
  RESPONSIVE_FRAME,
  PROTOCOL_VERSION,
  RELAY_HEADER,
  REPLACED_REASONS,
  SOCKET_OPERATIONS,
  SUBPROTOCOL,
} from './wire.ts'
export type { CallEventName, CloseCode, HubFrameName, SocketOperationName } from './wire.ts'
export { SDK_LISTING_FILE, SdkLibrary, SdkListing } from './sdk-listing.ts'
