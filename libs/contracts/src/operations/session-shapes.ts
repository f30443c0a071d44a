import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { oneOf, Timestamp, Uuid } from '../schemas.ts'

export const SESSION_STATUSES = [
  'idle',
  'queued',
  'running',
  'waiting',
  'done',
  'failed',
  'aborted',
  'archived',
] as const
export const SessionStatusName = oneOf(SESSION_STATUSES)

/** What a session waits for. */
export const WaitKindName = oneOf([
  'approval',
  'child',
  'timer',
  'call',
  'rate-limit',
  'merge',
  'spoke',
  'grant',
])

/** Why a step or a turn ended. */
export const EndReasonName = oneOf([
  'completed',
  'user-stop',
  'parent-abort',
  'first-byte-timeout',
  'idle-timeout',
  'turn-limit',
  'budget',
  'rate-limit',
  'provider-error',
  'context-exhausted',
  'fence-lost',
  'revoked',
  'workspace-mismatch',
  'spoke-gone',
  'internal-error',
])

export const SessionFailure = Type.Object({
  code: Type.String(),
  message: Type.String(),
  details: Type.Optional(Type.Unknown()),
})

/** A thing that an agent still has to do, or has done. */
export const SessionTodo = Type.Object({
  text: Type.String({ minLength: 1, maxLength: 500 }),
  status: oneOf(['open', 'active', 'done', 'dropped']),
})
export type SessionTodo = Static<typeof SessionTodo>

/** A session: one conversation with its rights, project, workspace and parent. */
export const Session = Type.Object({
  sessionId: Uuid,
  title: Type.String(),
  slug: Type.String(),
  mode: oneOf(['agent', 'external']),
  status: SessionStatusName,
  waitingOn: Type.Optional(WaitKindName),
  stateSince: Timestamp,
  progressAt: Type.Optional(Timestamp),
  projectId: Uuid,
  accountId: Type.Optional(Uuid),
  workspaceId: Type.Optional(Uuid),
  role: Type.Optional(Type.String()),
  model: Type.Optional(Type.String({ description: '`provider/model`, or an alias.' })),
  instructions: Type.Optional(Type.String()),
  parentId: Type.Optional(Uuid),
  rootId: Uuid,
  depth: Type.Integer({ minimum: 0 }),
  turnId: Type.Optional(
    Type.String({ format: 'uuid', description: 'The turn that runs or waits.' }),
  ),
  endReason: Type.Optional(EndReasonName),
  endError: Type.Optional(SessionFailure),
  stopReason: Type.Optional(Type.String()),
  forkedFrom: Type.Optional(Uuid),
  forkedAt: Type.Optional(
    Type.String({ format: 'uuid', description: 'The last message that both sessions have.' }),
  ),
  todos: Type.Optional(
    Type.Array(SessionTodo, {
      description: 'The list that its agent keeps, in `sessions.get`.',
    }),
  ),
  position: Type.Integer({ minimum: 0, description: 'Number of its latest event.' }),
  createdAt: Timestamp,
  lastActivityAt: Type.Optional(Timestamp),
  archivedAt: Type.Optional(Timestamp),
})
export type Session = Static<typeof Session>

export const ToolCallStatusName = oneOf([
  'planned',
  'waiting',
  'dispatched',
  'done',
  'failed',
  'denied',
  'unknown',
  'cancelled',
])

/** A call that the model asked for. */
export const SessionToolCall = Type.Object({
  toolCallId: Uuid,
  modelCallId: Type.String({ description: 'The id that the model gave the call.' }),
  toolName: Type.String({ description: 'The name of the tool as the model wrote it.' }),
  operationId: Type.Optional(
    Type.String({ description: 'Absent for a tool that does not exist.' }),
  ),
  input: Type.Optional(
    Type.Unknown({ description: 'The text itself when the model did not write valid JSON.' }),
  ),
  status: ToolCallStatusName,
  callId: Type.Optional(Type.String({ format: 'uuid', description: 'The latest attempt.' })),
  approvalId: Type.Optional(Uuid),
  output: Type.Optional(
    Type.String({
      description: 'The first 32 KiB of the output as JSON; `sessions.output` gives the rest.',
    }),
  ),
  outputBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  error: Type.Optional(SessionFailure),
  startedAt: Type.Optional(Timestamp),
  endedAt: Type.Optional(Timestamp),
})
export type SessionToolCall = Static<typeof SessionToolCall>

/** A part of a message. */
export const SessionPart = Type.Union([
  Type.Object({ type: Type.Literal('text'), text: Type.String() }),
  Type.Object({ type: Type.Literal('reasoning'), text: Type.String() }),
  Type.Object({ type: Type.Literal('tool-call'), toolCall: SessionToolCall }),
  Type.Object({
    type: Type.Literal('file'),
    mediaType: Type.String(),
    url: Type.String({ description: 'An `https:` or a `data:` URL.' }),
    filename: Type.Optional(Type.String()),
  }),
  Type.Object({
    type: Type.Literal('compaction'),
    text: Type.String({ description: 'The summary that stands for all earlier messages.' }),
  }),
  Type.Object({
    type: Type.Literal('step-finish'),
    model: Type.String(),
    callId: Type.String({ format: 'uuid', description: 'The call of the model.' }),
    finishReason: Type.String(),
    inputTokens: Type.Optional(Type.Integer({ minimum: 0 })),
    outputTokens: Type.Optional(Type.Integer({ minimum: 0 })),
    cachedTokens: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
])
export type SessionPart = Static<typeof SessionPart>

export const MessageModeName = oneOf(['steer', 'queue', 'interrupt'])
export const MessageDeliveryName = oneOf(['accepted', 'delivered', 'answered', 'refused'])

/** A message: sent to the session, or one step of the model. */
export const SessionMessage = Type.Object({
  messageId: Uuid,
  sessionId: Uuid,
  seq: Type.Integer({ minimum: 1, description: 'In the order of acceptance.' }),
  position: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'In the order in which the model gets them. Absent until it is delivered.',
    }),
  ),
  role: oneOf(['system', 'user', 'assistant', 'tool']),
  mode: Type.Optional(MessageModeName),
  delivery: Type.Optional(MessageDeliveryName),
  refusal: Type.Optional(Type.String({ description: 'Why it was refused.' })),
  inReplyTo: Type.Optional(Uuid),
  turnId: Type.Optional(Uuid),
  step: Type.Optional(Type.Integer({ minimum: 1 })),
  senderId: Type.Optional(Type.String({ format: 'uuid', description: 'The account.' })),
  senderSessionId: Type.Optional(Uuid),
  revertedAt: Type.Optional(Timestamp),
  createdAt: Timestamp,
  parts: Type.Array(SessionPart),
})
export type SessionMessage = Static<typeof SessionMessage>
