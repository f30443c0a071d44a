import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, Uuid } from '../schemas.ts'
import { MappingStatusName, WorkOutcomeName } from './coord-shapes.ts'
import {
  EndReasonName,
  MessageModeName,
  Session,
  SessionMessage,
  SessionStatusName,
} from './session-shapes.ts'

const Text = Type.String({ minLength: 1, maxLength: 262_144 })

export const CoordMessageInput = Type.Object(
  {
    sessionId: Uuid,
    text: Text,
    messageId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Chosen by the caller, so that it may ask again.',
      }),
    ),
    mode: Type.Optional(
      Type.Union([...MessageModeName.anyOf], {
        description: 'As in `sessions.prompt`. Default: what the policy of the session says.',
      }),
    ),
    expectedTurnId: Type.Optional(Uuid),
    fallback: Type.Optional(Type.Literal('queue')),
    inReplyTo: Type.Optional(Uuid),
  },
  closed,
)
export type CoordMessageInput = Static<typeof CoordMessageInput>

export const CoordMessageOutput = Type.Object({ message: SessionMessage, session: Session })
export type CoordMessageOutput = Static<typeof CoordMessageOutput>

export const CoordNotifyInput = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('report', { description: 'Progress: shown in the status.' }),
      Type.Literal('ask', { description: 'A question to the parent, or to the inbox.' }),
      Type.Literal('finish', { description: 'The work is over; it is checked.' }),
    ]),
    text: Text,
    outcome: Type.Optional(
      Type.Union([...WorkOutcomeName.anyOf], {
        description: 'Of `finish`. Default: `done`. `nothing-to-do` needs `evidence`.',
      }),
    ),
    evidence: Type.Optional(
      Type.String({ minLength: 1, maxLength: 16_384, description: 'What shows the outcome.' }),
    ),
    park: Type.Optional(
      Type.Boolean({
        description:
          'Of `finish`: changes that are not committed are saved as a git ref. Without it they refuse the finish.',
      }),
    ),
  },
  closed,
)
export type CoordNotifyInput = Static<typeof CoordNotifyInput>

/** The run of a check of a task. */
export const CoordCheckRun = Type.Object({
  name: Type.String(),
  status: oneOf(['running', 'passed', 'failed', 'timed-out', 'lost']),
  exitCode: Type.Optional(Type.Integer()),
  output: Type.Optional(Type.String({ description: 'The end of what it printed.' })),
  error: Type.Optional(Type.String()),
})
export type CoordCheckRun = Static<typeof CoordCheckRun>

export const CoordNotifyOutput = Type.Object({
  accepted: Type.Boolean({ description: 'False: the work is not finished; `reason` says why.' }),
  reason: Type.Optional(
    oneOf(['calls-running', 'changes', 'checks', 'no-shell', 'no-evidence', 'task']),
  ),
  message: Type.Optional(Type.String()),
  checks: Type.Optional(Type.Array(CoordCheckRun)),
  savedRef: Type.Optional(Type.String()),
})
export type CoordNotifyOutput = Static<typeof CoordNotifyOutput>

export const CoordAwaitInput = Type.Object(
  {
    sessionIds: Type.Optional(
      Type.Array(Uuid, {
        minItems: 1,
        maxItems: 64,
        description: 'Sessions below the parent. Default: those that it spawned and that work.',
      }),
    ),
    parentSessionId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'The session that waits. A session that asks is the one itself.',
      }),
    ),
    mode: Type.Optional(
      oneOf(['any', 'all'], { description: 'How many must have ended. Default: `all`.' }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86_400_000,
        description:
          'Default: 20 s; of a session that waits, an hour. Other callers wait for 10 minutes at most.',
      }),
    ),
    afterMessage: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'Of an external session: its messages after this number are given, and end the wait.',
      }),
    ),
  },
  closed,
)
export type CoordAwaitInput = Static<typeof CoordAwaitInput>

export const CoordSleepInput = Type.Object(
  {
    ms: Type.Integer({
      minimum: 1,
      maximum: 86_400_000,
      description: 'Milliseconds. Callers that are no session wait for 10 minutes at most.',
    }),
  },
  closed,
)
export type CoordSleepInput = Static<typeof CoordSleepInput>

export const CoordSleepOutput = Type.Object({
  leftMs: Type.Integer({
    minimum: 0,
    description: 'Milliseconds that were left when it ended before, as a message came. Else 0.',
  }),
})
export type CoordSleepOutput = Static<typeof CoordSleepOutput>

/** A session that is awaited. */
export const CoordAwaited = Type.Object({
  sessionId: Uuid,
  title: Type.String(),
  status: SessionStatusName,
  ended: Type.Boolean({
    description: 'It is final, or its turn is over and no message waits.',
  }),
  work: Type.Optional(MappingStatusName),
  outcome: Type.Optional(WorkOutcomeName),
  result: Type.Optional(Type.String()),
  report: Type.Optional(Type.String()),
  endReason: Type.Optional(EndReasonName),
  lastText: Type.Optional(
    Type.String({ description: 'Of a session that did not finish: what it said last.' }),
  ),
})
export type CoordAwaited = Static<typeof CoordAwaited>

export const CoordAwaitOutput = Type.Object({
  done: Type.Boolean({ description: 'As many have ended as were awaited.' }),
  sessions: Type.Array(CoordAwaited),
  messages: Type.Optional(Type.Array(SessionMessage)),
})
export type CoordAwaitOutput = Static<typeof CoordAwaitOutput>
