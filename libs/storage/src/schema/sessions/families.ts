/** Every status but the last four can still do work; `idle` waits for a prompt. */
export const SessionStatus = {
  IDLE: 'idle',
  QUEUED: 'queued',
  RUNNING: 'running',
  WAITING: 'waiting',
  DONE: 'done',
  FAILED: 'failed',
  ABORTED: 'aborted',
  ARCHIVED: 'archived',
} as const
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus]

/** An `external` session has no turns: it belongs to a client that coordinates other sessions. */
export const SessionMode = { AGENT: 'agent', EXTERNAL: 'external' } as const
export type SessionMode = (typeof SessionMode)[keyof typeof SessionMode]

/** What a session or a turn waits for. */
export const WaitKind = {
  APPROVAL: 'approval',
  CHILD: 'child',
  TIMER: 'timer',
  CALL: 'call',
  RATE_LIMIT: 'rate-limit',
  MERGE: 'merge',
  SPOKE: 'spoke',
  GRANT: 'grant',
} as const
export type WaitKind = (typeof WaitKind)[keyof typeof WaitKind]

export const MessageRole = {
  SYSTEM: 'system',
  USER: 'user',
  ASSISTANT: 'assistant',
  TOOL: 'tool',
} as const
export type MessageRole = (typeof MessageRole)[keyof typeof MessageRole]

/** When a message is delivered: before the next step, with the next turn, or at once by ending the turn. */
export const MessageMode = { STEER: 'steer', QUEUE: 'queue', INTERRUPT: 'interrupt' } as const
export type MessageMode = (typeof MessageMode)[keyof typeof MessageMode]

/** What happens to a message of another session that comes while a turn runs. */
export const InputPolicy = { REJECT: 'reject', QUEUE: 'queue', INTERRUPT: 'interrupt' } as const
export type InputPolicy = (typeof InputPolicy)[keyof typeof InputPolicy]

export const MessageDelivery = {
  ACCEPTED: 'accepted',
  DELIVERED: 'delivered',
  ANSWERED: 'answered',
  REFUSED: 'refused',
} as const
export type MessageDelivery = (typeof MessageDelivery)[keyof typeof MessageDelivery]

/** What a part of a message is; `data` has the fields of that type. */
export const PartType = {
  TEXT: 'text',
  REASONING: 'reasoning',
  TOOL_CALL: 'tool-call',
  FILE: 'file',
  SOURCE: 'source',
  STEP_START: 'step-start',
  STEP_FINISH: 'step-finish',
  PATCH: 'patch',
  SNAPSHOT: 'snapshot',
  COMPACTION: 'compaction',
  AGENT: 'agent',
} as const
export type PartType = (typeof PartType)[keyof typeof PartType]

export const TurnStatus = {
  QUEUED: 'queued',
  RUNNING: 'running',
  WAITING: 'waiting',
  ENDED: 'ended',
} as const
export type TurnStatus = (typeof TurnStatus)[keyof typeof TurnStatus]

/** `dropped`: a later attempt of the step replaces this one. */
export const StepStatus = { RUNNING: 'running', DONE: 'done', DROPPED: 'dropped' } as const
export type StepStatus = (typeof StepStatus)[keyof typeof StepStatus]

/** Why a step or a turn ended. */
export const EndReason = {
  COMPLETED: 'completed',
  USER_STOP: 'user-stop',
  PARENT_ABORT: 'parent-abort',
  FIRST_BYTE_TIMEOUT: 'first-byte-timeout',
  IDLE_TIMEOUT: 'idle-timeout',
  TURN_LIMIT: 'turn-limit',
  BUDGET: 'budget',
  RATE_LIMIT: 'rate-limit',
  PROVIDER_ERROR: 'provider-error',
  CONTEXT_EXHAUSTED: 'context-exhausted',
  FENCE_LOST: 'fence-lost',
  REVOKED: 'revoked',
  WORKSPACE_MISMATCH: 'workspace-mismatch',
  SPOKE_GONE: 'spoke-gone',
  INTERNAL_ERROR: 'internal-error',
} as const
export type EndReason = (typeof EndReason)[keyof typeof EndReason]

/** `waiting`: for an approval. `unknown`: it may have run, and must not be repeated. */
export const ToolCallStatus = {
  PLANNED: 'planned',
  WAITING: 'waiting',
  DISPATCHED: 'dispatched',
  DONE: 'done',
  FAILED: 'failed',
  DENIED: 'denied',
  UNKNOWN: 'unknown',
  CANCELLED: 'cancelled',
} as const
export type ToolCallStatus = (typeof ToolCallStatus)[keyof typeof ToolCallStatus]
