import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { oneOf, Timestamp, Uuid } from '../schemas.ts'
import { Session, SessionFailure, SessionMessage, SessionToolCall } from './session-shapes.ts'

/** The text so far of a step that runs. */
export const RunningStep = Type.Object({
  turnId: Uuid,
  step: Type.Integer({ minimum: 1 }),
  stepId: Uuid,
  text: Type.String(),
  reasoning: Type.String(),
})
export type RunningStep = Static<typeof RunningStep>

/** The types of the events of a session; `docs/reference/session-events.md` says which members each has. */
export const SESSION_EVENT_TYPES = [
  'snapshot',
  'resync',
  'session.changed',
  'session.ended',
  'message.accepted',
  'message.delivered',
  'message.answered',
  'message.refused',
  'message.added',
  'messages.reverted',
  'messages.restored',
  'turn.started',
  'turn.ended',
  'step.started',
  'step.delta',
  'step.reset',
  'tool.changed',
] as const

/** An event of a session. Each type has the members that `docs/reference/session-events.md` names. */
export const SessionEvent = Type.Object({
  position: Type.String({
    minLength: 1,
    maxLength: 128,
    description: 'Where to go on: `after` of the next `sessions.watch`.',
  }),
  type: oneOf(SESSION_EVENT_TYPES),
  at: Type.Optional(Timestamp),
  session: Type.Optional(Session),
  messages: Type.Optional(
    Type.Array(SessionMessage, {
      description: 'Of a snapshot: the latest ones, oldest first, at most 200.',
    }),
  ),
  hasEarlier: Type.Optional(
    Type.Boolean({ description: 'Of a snapshot: `sessions.messages` gives earlier ones.' }),
  ),
  running: Type.Optional(RunningStep),
  message: Type.Optional(SessionMessage),
  messageId: Type.Optional(Uuid),
  turnId: Type.Optional(Uuid),
  step: Type.Optional(Type.Integer({ minimum: 1 })),
  stepId: Type.Optional(Type.String({ format: 'uuid', description: 'One attempt of a step.' })),
  attempt: Type.Optional(Type.Integer({ minimum: 1 })),
  model: Type.Optional(Type.String()),
  kind: Type.Optional(
    Type.Union([Type.Literal('text'), Type.Literal('reasoning'), Type.Literal('tool-input')], {
      description: 'Of a delta.',
    }),
  ),
  text: Type.Optional(Type.String({ description: 'Of a delta.' })),
  modelCallId: Type.Optional(Type.String()),
  toolName: Type.Optional(Type.String()),
  toolCall: Type.Optional(SessionToolCall),
  reason: Type.Optional(
    Type.String({
      description:
        'Of `turn.ended` and `step.reset` an end reason; else why, in words or as a code.',
    }),
  ),
  error: Type.Optional(SessionFailure),
  status: Type.Optional(oneOf(['archived', 'deleted'])),
})
export type SessionEvent = Static<typeof SessionEvent>
