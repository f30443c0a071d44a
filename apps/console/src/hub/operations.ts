import type {
  Account,
  AccountsMeOutput,
  ApiKey,
  Approval,
  ApprovalsAnswerInput,
  AuditEntry,
  AuditListInput,
  Budget,
  BudgetsSetInput,
  Call,
  CallsAbortManyInput,
  CallsAbortManyOutput,
  CallsActivityOutput,
  CallsDeadLettersInput,
  CallsListInput,
  CallsQueuedInput,
  CallsRepeatDeadInput,
  CallsRepeatDeadOutput,
  CallsRepeatOutput,
  CallSummary,
  ClientsAcceptInput,
  ClientsStatusInput,
  ClientStatus,
  InboxItem,
  InboxListInput,
  InferenceModelsOutput,
  InferenceProvidersOutput,
  InferenceUsageInput,
  InferenceUsageItem,
  KeysCreateInput,
  KeysListInput,
  KeysRevokeOutput,
  KeysRotateInput,
  KeyWithSecret,
  LimitsGetInput,
  LimitsOutput,
  OperationDescription,
  Organization,
  QueuedCallItem,
  Role,
  Schedule,
  Spoke,
  SpokeDetails,
  SpokesListInput,
  SystemHealth,
  WorkflowRunSummary,
  WorkflowsGetInput,
  WorkflowsGetOutput,
  WorkflowsRunsInput,
  Workspace,
} from '@alkdev/contracts'
import type {
  CoordAbortOutput,
  CoordStatusInput,
  CoordStatusOutput,
  Session,
  SessionRef,
  SessionsCreateInput,
  SessionsForkInput,
  SessionsListInput,
  SessionsPromptInput,
  SessionsRevertInput,
  SessionsRevertOutput,
  TaskDetail,
  TaskItem,
  TaskRef,
  TasksGraphOutput,
  TasksListInput,
  TasksWhatIfInput,
  TasksWhatIfOutput,
} from '@alkdev/contracts/agents'

export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor?: string
}

/** A call, with the calls below it when they were asked for. */
export type CallWithTree = Call & { readonly calls?: readonly Call[] }

interface PageInput {
  readonly limit?: number
  readonly cursor?: string
}

/** The operations of the hub that views use: what goes in and what comes out. All others are called by name, with a form from their schema. */
interface Operations {
  'accounts.list': [PageInput, Page<Account>]
  'accounts.me': [Record<string, never>, AccountsMeOutput]
  'approvals.answer': [ApprovalsAnswerInput, Approval]
  'approvals.get': [{ readonly approvalId: string }, Approval]
  'audit.list': [AuditListInput, Page<AuditEntry>]
  'budgets.list': [PageInput, Page<Budget>]
  'budgets.set': [BudgetsSetInput, Budget]
  'calls.abort': [{ readonly callId: string; readonly reason?: string }, unknown]
  'calls.abortMany': [CallsAbortManyInput, CallsAbortManyOutput]
  'calls.activity': [{ readonly all?: boolean }, CallsActivityOutput]
  'calls.deadLetters': [CallsDeadLettersInput, Page<QueuedCallItem>]
  'calls.get': [{ readonly callId: string; readonly tree?: boolean }, CallWithTree]
  'calls.list': [CallsListInput, Page<CallSummary>]
  'calls.queued': [CallsQueuedInput, Page<QueuedCallItem>]
  'calls.repeat': [{ readonly callId: string }, CallsRepeatOutput]
  'calls.repeatDead': [CallsRepeatDeadInput, CallsRepeatDeadOutput]
  'clients.accept': [ClientsAcceptInput, unknown]
  'clients.status': [ClientsStatusInput, ClientStatus]
  'coord.abort': [{ readonly sessionId: string; readonly reason?: string }, CoordAbortOutput]
  'coord.status': [CoordStatusInput, CoordStatusOutput]
  'hub.schema': [{ readonly operationId: string }, OperationDescription]
  'inbox.list': [InboxListInput, Page<InboxItem>]
  'inference.models': [Record<string, never>, InferenceModelsOutput]
  'inference.providers': [Record<string, never>, InferenceProvidersOutput]
  'inference.usage': [InferenceUsageInput, Page<InferenceUsageItem>]
  'keys.create': [KeysCreateInput, KeyWithSecret]
  'keys.list': [KeysListInput, Page<ApiKey>]
  'keys.revoke': [{ readonly keyId: string }, KeysRevokeOutput]
  'keys.rotate': [KeysRotateInput, KeyWithSecret]
  'limits.get': [LimitsGetInput, LimitsOutput]
  'orgs.list': [PageInput & { readonly all?: boolean }, Page<Organization>]
  'roles.list': [PageInput, Page<Role>]
  'schedules.list': [PageInput, Page<Schedule>]
  'sessions.create': [SessionsCreateInput, Session]
  'sessions.fork': [SessionsForkInput, Session]
  'sessions.list': [SessionsListInput, Page<Session>]
  'sessions.prompt': [SessionsPromptInput, unknown]
  'sessions.revert': [SessionsRevertInput, SessionsRevertOutput]
  'sessions.stop': [{ readonly sessionId: string; readonly reason?: string }, unknown]
  'sessions.unrevert': [SessionRef, SessionsRevertOutput]
  'spokes.disconnect': [{ readonly name: string }, unknown]
  'spokes.drain': [{ readonly name: string }, unknown]
  'spokes.get': [{ readonly name: string }, SpokeDetails]
  'spokes.list': [SpokesListInput, Page<Spoke>]
  'system.health': [Record<string, never>, SystemHealth]
  'tasks.get': [TaskRef, TaskDetail]
  'tasks.graph': [{ readonly project?: string }, TasksGraphOutput]
  'tasks.list': [TasksListInput, Page<TaskItem>]
  'tasks.whatIf': [TasksWhatIfInput, TasksWhatIfOutput]
  'workflows.abort': [{ readonly runId: string; readonly reason?: string }, unknown]
  'workflows.get': [WorkflowsGetInput, WorkflowsGetOutput]
  'workflows.retry': [{ readonly runId: string }, unknown]
  'workflows.runs': [WorkflowsRunsInput, Page<WorkflowRunSummary>]
  'workspaces.get': [{ readonly workspaceId: string }, Workspace]
}

export type OperationName = keyof Operations
export type Inputs = { readonly [Name in OperationName]: Operations[Name][0] }
export type Outputs = { readonly [Name in OperationName]: Operations[Name][1] }
