import { Type } from '@alkdev/typebox'
import { page, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { MISPLACED, mutation, notFound, query, subscription } from './define.ts'
import { SessionEvent } from './session-events.ts'
import {
  SessionRef,
  SessionsCreateInput,
  SessionsListInput,
  SessionsMessagesInput,
  SessionsPromptInput,
  SessionsPromptOutput,
  SessionsStopInput,
  SessionsStopOutput,
  SessionsForkInput,
  SessionsRevertInput,
  SessionsRevertOutput,
  SessionsOutputInput,
  SessionsOutputOutput,
  SessionsWatchInput,
  SessionExport,
  SessionsExportInput,
  SessionsImportInput,
  SessionsImportOutput,
  SessionsRevokePermissionInput,
  SessionPermissions,
  SessionsSetTodosInput,
  SessionsSetTodosOutput,
} from './session-inputs.ts'
import { Session, SessionMessage } from './session-shapes.ts'

const absent = notFound('SESSION_NOT_FOUND', 'session')
const noModel = notFound('MODEL_NOT_FOUND', 'model')
const noProject = notFound('PROJECT_NOT_FOUND', 'project')
const noRole = notFound('ROLE_NOT_FOUND', 'role')
const noWorkspace = notFound('WORKSPACE_NOT_FOUND', 'workspace')
const noMessage = notFound('MESSAGE_NOT_FOUND', 'message of the session')
const refused = [
  {
    code: 'MESSAGE_REFUSED',
    description:
      'The session does not take the message now; `details.reason` says why, and `details.turnId` which turn runs.',
    schema: Type.Object({ reason: Type.String(), turnId: Type.Optional(Uuid) }),
    httpStatus: 409,
  },
] as const
const write = { scopes: [SCOPES.SESSIONS_WRITE] } as const

export const sessionsOperations: readonly ServiceOperation[] = [
  query('sessions.list', {
    title: 'List sessions',
    description:
      'Sessions of the account and, with `sessions:read`, those of projects of its organizations, newest first, or with `order` those with the latest activity.',
    input: SessionsListInput,
    output: page(Session),
    errors: noProject,
  }),
  query('sessions.get', {
    title: 'One session',
    description: 'A session that `sessions.list` shows.',
    input: SessionRef,
    output: Session,
    errors: absent,
  }),
  query('sessions.messages', {
    title: 'Messages of a session',
    description: 'The messages of a session with their parts, newest first.',
    input: SessionsMessagesInput,
    output: page(SessionMessage),
    errors: absent,
  }),
  query('sessions.output', {
    title: 'Output of a tool call',
    description: 'The output of a tool call of a session, in parts.',
    input: SessionsOutputInput,
    output: SessionsOutputOutput,
    errors: notFound('TOOL_CALL_NOT_FOUND', 'tool call'),
  }),
  subscription('sessions.watch', {
    title: 'Watch a session',
    description:
      'A snapshot of a session and its events from then on, with the text of the model as it comes, until the session is archived or deleted.',
    input: SessionsWatchInput,
    output: SessionEvent,
    errors: absent,
  }),
  query('sessions.export', {
    title: 'Export a session',
    description:
      'The session with all its messages as one document, or in pages. A document of joined pages can be imported.',
    input: SessionsExportInput,
    output: SessionExport,
    errors: absent,
  }),
  query('sessions.permissions', {
    title: 'Permissions of a session',
    description: 'The approvals that were given for the rest of the session.',
    input: SessionRef,
    output: SessionPermissions,
    errors: absent,
  }),
  mutation('sessions.create', {
    title: 'Create a session',
    description:
      'A session with the rights of the key, narrowed by its role. With `prompt` its first turn starts at once. Refused to sessions.',
    input: SessionsCreateInput,
    output: Session,
    errors: [...noProject, ...noWorkspace, ...noRole, ...noModel],
    ...write,
  }),
  mutation('sessions.prompt', {
    title: 'Send a message to a session',
    description:
      'Stores a message and starts a turn when it is due. The turn has the rights of the session that the caller has too.',
    input: SessionsPromptInput,
    output: SessionsPromptOutput,
    errors: [...absent, ...refused],
    ...write,
  }),
  mutation('sessions.stop', {
    title: 'Stop the turn of a session',
    description:
      'Ends the turn that runs or waits; its calls are aborted. The session takes prompts again. Also for admins of the organization.',
    input: SessionsStopInput,
    output: SessionsStopOutput,
    errors: absent,
    hints: { idempotent: true },
    ...write,
  }),
  mutation('sessions.fork', {
    title: 'Fork a session',
    description: 'A new session with the messages of this one up to one of them.',
    input: SessionsForkInput,
    output: Session,
    errors: [...absent, ...noWorkspace, ...noMessage, ...noModel],
    ...write,
  }),
  mutation('sessions.revert', {
    title: 'Revert a session to a message',
    description:
      'Takes the message and all later ones out of the conversation, and restores the files of the workspace as they were before it. CONFLICT while a turn runs.',
    input: SessionsRevertInput,
    output: SessionsRevertOutput,
    errors: [...absent, ...noMessage, ...MISPLACED],
    ...write,
  }),
  mutation('sessions.unrevert', {
    title: 'Undo a revert',
    description: 'Undoes the latest revert, if no message was sent after it.',
    input: SessionRef,
    output: SessionsRevertOutput,
    errors: [...absent, ...MISPLACED],
    ...write,
  }),
  mutation('sessions.regrant', {
    title: 'Give a session new rights',
    description:
      'The rights of the calling key, within the role. For the account that owns the session.',
    input: SessionRef,
    output: Session,
    errors: absent,
    ...write,
  }),
  mutation('sessions.archive', {
    title: 'Archive a session',
    description: 'Ends a session permanently; its messages stay. CONFLICT while a turn runs.',
    input: SessionRef,
    output: Session,
    errors: absent,
    hints: { idempotent: true },
    ...write,
  }),
  mutation('sessions.delete', {
    title: 'Delete a session',
    description: 'Deletes an archived session with its messages.',
    input: SessionRef,
    output: SessionRef,
    errors: absent,
    hints: { destructive: true },
    ...write,
  }),
  mutation('sessions.import', {
    title: 'Import a session',
    description:
      'A new session with the messages of a document, or more of them for one that was just imported. What cannot be mapped is reported and left out; NUL and halves of surrogate pairs are replaced by U+FFFD. Refused to sessions.',
    input: SessionsImportInput,
    output: SessionsImportOutput,
    errors: [...noProject, ...absent],
    replacesUnstorable: true,
    ...write,
  }),
  mutation('sessions.revokePermission', {
    title: 'Revoke a permission of a session',
    description: 'Later calls of the operation need an approval again.',
    input: SessionsRevokePermissionInput,
    output: SessionPermissions,
    errors: absent,
    hints: { idempotent: true },
    ...write,
  }),
  mutation('sessions.setTodos', {
    title: 'Keep a list of todos',
    description:
      'Replaces the list of what the agent of the session still has to do: todos in their order, each `open`, `active`, `done` or `dropped`. Only as a tool call of a turn of the session.',
    tags: ['sessions', 'todo', 'plan', 'list'],
    input: SessionsSetTodosInput,
    output: SessionsSetTodosOutput,
    retry: 'safe',
    hints: { idempotent: true },
  }),
].map((spec) => ({ service: 'coordinator' as const, spec }))
