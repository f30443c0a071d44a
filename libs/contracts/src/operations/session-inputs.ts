import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Label, oneOf, pageInput, Slug, Uuid } from '../schemas.ts'
import {
  MessageModeName,
  Session,
  SessionMessage,
  SessionStatusName,
  SessionTodo,
} from './session-shapes.ts'

const Model = Type.String({
  minLength: 1,
  maxLength: 256,
  description: '`provider/model`, or an alias of the inference proxy.',
})
const Text = Type.String({ minLength: 1, maxLength: 262_144 })

export const SessionRef = Type.Object({ sessionId: Uuid }, closed)
export type SessionRef = Static<typeof SessionRef>

export const SessionsCreateInput = Type.Object(
  {
    sessionId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Chosen by the caller, so that it may ask again.',
      }),
    ),
    project: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Its id or slug. Default: `default`.',
      }),
    ),
    title: Type.Optional(Label),
    role: Type.Optional(Slug),
    model: Type.Optional(Model),
    instructions: Type.Optional(Text),
    workspaceId: Type.Optional(Uuid),
    mode: Type.Optional(
      Type.Union([
        Type.Literal('agent', { description: 'The default.' }),
        Type.Literal('external', {
          description: 'Without turns; it stands for a client that coordinates others.',
        }),
      ]),
    ),
    prompt: Type.Optional(Text),
  },
  closed,
)
export type SessionsCreateInput = Static<typeof SessionsCreateInput>

export const SessionsListInput = Type.Object(
  {
    project: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    status: Type.Optional(SessionStatusName),
    parentId: Type.Optional(Uuid),
    archived: Type.Optional(
      Type.Boolean({ description: 'Also those that are archived. Default: false.' }),
    ),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Only sessions with this text in their title, in any case.',
      }),
    ),
    order: Type.Optional(
      Type.Union([Type.Literal('created'), Type.Literal('activity')], {
        description:
          '`created` (default): the newest first. `activity`: those first in which something happened last. While sessions work, one may be on two pages, and one that moved to the front meanwhile on none.',
      }),
    ),
    ...pageInput,
  },
  closed,
)
export type SessionsListInput = Static<typeof SessionsListInput>

export const SessionsMessagesInput = Type.Object(
  {
    sessionId: Uuid,
    reverted: Type.Optional(Type.Boolean({ description: 'Also those that were reverted.' })),
    ...pageInput,
  },
  closed,
)
export type SessionsMessagesInput = Static<typeof SessionsMessagesInput>

export const SessionsPromptInput = Type.Object(
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
        description:
          '`queue` (default): starts the next turn. `steer`: is delivered before the next step of the turn that runs. `interrupt`: ends the turn and starts the next one.',
      }),
    ),
    expectedTurnId: Type.Optional(
      Type.String({ format: 'uuid', description: 'For `steer`: refused when another turn runs.' }),
    ),
    fallback: Type.Optional(
      Type.Literal('queue', {
        description: 'For `steer`: it starts the next turn when it comes too late.',
      }),
    ),
    inReplyTo: Type.Optional(Uuid),
  },
  closed,
)
export type SessionsPromptInput = Static<typeof SessionsPromptInput>

export const SessionsPromptOutput = Type.Object({ message: SessionMessage, session: Session })
export type SessionsPromptOutput = Static<typeof SessionsPromptOutput>

export const SessionsStopInput = Type.Object(
  {
    sessionId: Uuid,
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  },
  closed,
)
export type SessionsStopInput = Static<typeof SessionsStopInput>

export const SessionsStopOutput = Type.Object({
  session: Session,
  turnId: Type.Optional(
    Type.String({ format: 'uuid', description: 'The turn that is stopped; absent when none ran.' }),
  ),
})
export type SessionsStopOutput = Static<typeof SessionsStopOutput>

export const SessionsForkInput = Type.Object(
  {
    sessionId: Uuid,
    messageId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'The last message to take over. Default: the latest.',
      }),
    ),
    title: Type.Optional(Label),
    model: Type.Optional(Model),
    workspaceId: Type.Optional(Uuid),
  },
  closed,
)
export type SessionsForkInput = Static<typeof SessionsForkInput>

export const SessionsRevertInput = Type.Object({ sessionId: Uuid, messageId: Uuid }, closed)
export type SessionsRevertInput = Static<typeof SessionsRevertInput>

export const SessionsRevertOutput = Type.Object({
  session: Session,
  files: oneOf(['restored', 'unchanged', 'not-recorded']),
  tree: Type.Optional(Type.String({ description: 'The hash of the tree that was restored.' })),
})
export type SessionsRevertOutput = Static<typeof SessionsRevertOutput>

export const SessionsOutputInput = Type.Object(
  {
    toolCallId: Uuid,
    offset: Type.Optional(Type.Integer({ minimum: 0, description: 'In characters. Default: 0.' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 131_072, description: 'Characters. Default: 32,768.' }),
    ),
  },
  closed,
)
export type SessionsOutputInput = Static<typeof SessionsOutputInput>

export const SessionsOutputOutput = Type.Object({
  text: Type.String({ description: 'A part of the output as JSON.' }),
  nextOffset: Type.Optional(Type.Integer({ minimum: 0 })),
  totalCharacters: Type.Integer({ minimum: 0 }),
})
export type SessionsOutputOutput = Static<typeof SessionsOutputOutput>

export const SessionsWatchInput = Type.Object(
  {
    sessionId: Uuid,
    after: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: '`position` of the last event that the caller has. Default: a snapshot first.',
      }),
    ),
  },
  closed,
)
export type SessionsWatchInput = Static<typeof SessionsWatchInput>

export const SessionsExportInput = Type.Object(
  {
    sessionId: Uuid,
    paged: Type.Optional(
      Type.Boolean({
        description:
          'Gives a session of any size in pages: the latest messages first, those before them with `cursor`. Otherwise one that does not fit into an answer is refused.',
      }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: 512, description: '`nextCursor` of the page before.' }),
    ),
  },
  closed,
)
export type SessionsExportInput = Static<typeof SessionsExportInput>

export const SessionExport = Type.Object(
  {
    format: Type.Literal('alkhub.session.v1'),
    session: Type.Object({
      title: Type.String({ minLength: 1, maxLength: 256 }),
      role: Type.Optional(Type.String({ maxLength: 64 })),
      model: Type.Optional(Type.String({ maxLength: 256 })),
      instructions: Type.Optional(Type.String({ maxLength: 262_144 })),
    }),
    messages: Type.Array(Type.Unknown(), { maxItems: 10_000 }),
    nextCursor: Type.Optional(
      Type.String({ description: 'Of a page: there are messages before these.' }),
    ),
    left: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'Of a page: the messages before it. When the next page and those that it leaves are not as many, the session was reverted meanwhile: begin again.',
      }),
    ),
    shortened: Type.Optional(
      Type.Array(Uuid, {
        maxItems: 1,
        description:
          'Of a page: the message whose texts and outputs are cut, because it does not fit into an answer alone.',
      }),
    ),
  },
  { description: 'A session with its messages, for `sessions.import`.' },
)
export type SessionExport = Static<typeof SessionExport>

export const SessionsImportInput = Type.Object(
  {
    project: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    title: Type.Optional(Label),
    append: Type.Optional(
      Type.Object(
        {
          sessionId: Uuid,
          after: Type.Integer({
            minimum: 0,
            description: 'The messages that it has, as the imports before gave them.',
          }),
        },
        {
          ...closed,
          description:
            'Adds the messages to a session of the caller instead of making one: for a document that does not fit into an input. Refused with CONFLICT when it has had a turn or has other messages.',
        },
      ),
    ),
    document: Type.Unknown({
      description: 'A document of `sessions.export`, or the JSON of `opencode export`.',
    }),
  },
  closed,
)
export type SessionsImportInput = Static<typeof SessionsImportInput>

export const SessionsImportOutput = Type.Object({
  session: Session,
  messages: Type.Integer({ minimum: 0, description: 'That this import added.' }),
  notMapped: Type.Array(Type.Object({ at: Type.String(), what: Type.String() }), {
    description: 'What was left out, and where it is in the document.',
  }),
})
export type SessionsImportOutput = Static<typeof SessionsImportOutput>

export const SessionPermission = Type.Object({
  permissionId: Uuid,
  operationId: Type.String(),
  pattern: Type.String(),
  approvalId: Type.Optional(Uuid),
  grantedBy: Type.Optional(Uuid),
})
export type SessionPermission = Static<typeof SessionPermission>

export const SessionsRevokePermissionInput = Type.Object(
  { sessionId: Uuid, permissionId: Uuid },
  closed,
)
export type SessionsRevokePermissionInput = Static<typeof SessionsRevokePermissionInput>

export const SessionPermissions = Type.Object({ items: Type.Array(SessionPermission) })
export type SessionPermissions = Static<typeof SessionPermissions>

export const SessionsSetTodosInput = Type.Object(
  { todos: Type.Array(SessionTodo, { maxItems: 100 }) },
  closed,
)
export type SessionsSetTodosInput = Static<typeof SessionsSetTodosInput>

export const SessionsSetTodosOutput = Type.Object({
  left: Type.Integer({ minimum: 0, description: 'How many are neither done nor dropped.' }),
})
export type SessionsSetTodosOutput = Static<typeof SessionsSetTodosOutput>
