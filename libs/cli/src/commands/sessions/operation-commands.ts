import type {
  Session,
  SessionMessage,
  SessionsRevertOutput,
  SessionsStopOutput,
} from '@alkdev/contracts/agents'
import { messageIdOf, workspaceIdOf } from '../../hub/id-resolvers.ts'
import { facts, listCommand, operationCommand } from '../../hub/operation-command.ts'
import type { InputPositional } from '../../hub/operation-command.ts'
import { clockTime, shortTime } from '../../input/times.ts'
import { sessionPositional } from '../../sessions/resolve-session.ts'
import { revertedFiles } from '../../sessions/reverted-files.ts'
import { calledBy, oneLine } from '../../sessions/tool-text.ts'

const messagePositional: InputPositional = {
  member: 'messageId',
  question: 'Which message?',
  fix: 'Its id is shown by `alkhub sessions messages SESSION`.',
  resolve: messageIdOf,
}

/** The status with what is waited for. */
function statusOf({ status, waitingOn }: Session): string {
  return waitingOn === undefined ? status : `${status} (${waitingOn})`
}

export const list = listCommand<Session>({
  operationId: 'sessions.list',
  usage: '[options]',
  summary: 'Lists the sessions that you may see, newest first or by their latest activity.',
  inputs: {
    project: {
      type: 'string',
      value: 'PROJECT',
      member: 'project',
      summary: 'Only of a project: its slug or id.',
    },
    status: {
      type: 'string',
      value: 'STATUS',
      member: 'status',
      summary: 'Only idle, queued, running, waiting, done, failed, aborted or archived.',
    },
    parent: {
      type: 'string',
      value: 'SESSION',
      member: 'parentId',
      resolve: sessionPositional.resolve,
      summary: 'Only children of a session.',
    },
    archived: { type: 'boolean', member: 'archived', summary: 'Also archived ones.' },
    order: {
      type: 'string',
      value: 'ORDER',
      member: 'order',
      summary: 'created (default): the newest first. activity: those that did something last.',
    },
  },
  headings: ['slug', 'status', 'since', 'model', 'title'],
  row: (one) => [one.slug, statusOf(one), clockTime(one.stateSince), one.model, one.title],
  none: 'There are no sessions. `alkhub sessions create` makes one.',
})

/** Why its latest turn ended, or why it could not be created. */
const endText = ({ endReason, endError, stopReason }: Session): string | undefined => {
  const parts = [endReason, endError?.message ?? stopReason].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : oneLine(parts.join(': '))
}

/** What its agent has still to do. */
const todosText = ({ todos }: Session): string | undefined => {
  if (todos === undefined) return undefined
  const left = todos.filter(({ status }) => status === 'open' || status === 'active')
  return oneLine(
    [`${left.length} of ${todos.length} left`, ...left.map(({ text }) => text)].join('; '),
  )
}

const say = (one: Session): string =>
  facts({
    session: one.sessionId,
    slug: one.slug,
    title: one.title,
    status: statusOf(one),
    since: shortTime(one.stateSince),
    'last progress': shortTime(one.progressAt),
    'ended because': endText(one),
    todos: todosText(one),
    model: one.model,
    role: one.role,
    project: one.projectId,
    workspace: one.workspaceId,
    parent: one.parentId,
    'forked from': one.forkedFrom,
    turn: one.turnId,
    created: shortTime(one.createdAt),
    archived: shortTime(one.archivedAt),
  })

export const get = operationCommand<Session>({
  operationId: 'sessions.get',
  usage: 'SESSION [options]',
  summary: 'Shows a session.',
  positionals: [sessionPositional],
  say,
})

/** A message in one line: its texts, and its tool calls in brackets. */
function messageText({ parts }: SessionMessage): string {
  return parts
    .flatMap((part) => {
      if (part.type === 'text' || part.type === 'compaction') return [part.text]
      if (part.type === 'tool-call')
        return [`[${calledBy(part.toolCall).name}: ${part.toolCall.status}]`]
      return []
    })
    .map((text) => oneLine(text))
    .join(' ')
}

export const messages = listCommand<SessionMessage>({
  operationId: 'sessions.messages',
  usage: 'SESSION [options]',
  summary: 'Lists the messages of a session, newest first.',
  positionals: [sessionPositional],
  inputs: {
    reverted: { type: 'boolean', member: 'reverted', summary: 'Also those that were reverted.' },
  },
  headings: ['id', 'from', 'at', 'delivery', 'text'],
  row: (one) => [
    one.messageId,
    one.role,
    shortTime(one.createdAt),
    one.revertedAt === undefined ? one.delivery : 'reverted',
    messageText(one),
  ],
  none: 'The session has no messages.',
})

export const stop = operationCommand<SessionsStopOutput>({
  operationId: 'sessions.stop',
  usage: 'SESSION [options]',
  summary: 'Ends the turn that runs or waits. The session takes prompts again.',
  positionals: [sessionPositional],
  inputs: {
    reason: { type: 'string', value: 'TEXT', member: 'reason', summary: 'Shown as the reason.' },
  },
  say: ({ turnId, session }) =>
    turnId === undefined
      ? `No turn of ${session.slug} ran.`
      : `The turn of ${session.slug} is being stopped.`,
})

export const fork = operationCommand<Session>({
  operationId: 'sessions.fork',
  usage: 'SESSION [options]',
  summary: 'Makes a new session with the messages of this one up to one of them.',
  positionals: [sessionPositional],
  inputs: {
    message: {
      type: 'string',
      value: 'ID',
      member: 'messageId',
      resolve: messageIdOf,
      summary: 'The last message to take over (default: the latest).',
    },
    title: { type: 'string', value: 'TEXT', member: 'title', summary: 'Its title.' },
    model: { type: 'string', value: 'MODEL', member: 'model', summary: 'Another model.' },
    workspace: {
      type: 'string',
      value: 'ID',
      member: 'workspaceId',
      resolve: workspaceIdOf,
      summary: 'The workspace of the new session.',
    },
  },
  say: (one) => `Forked into ${one.slug}.\n\n${say(one)}`,
})

export const revert = operationCommand<SessionsRevertOutput>({
  operationId: 'sessions.revert',
  usage: 'SESSION MESSAGE [options]',
  summary:
    'Takes a message and all later ones out of the conversation, and restores the files of the workspace as they were before.',
  positionals: [sessionPositional, messagePositional],
  say: (reverted, _nameOf, alkhub) =>
    `Reverted ${reverted.session.slug}. ${revertedFiles(reverted)}\n\`${alkhub} sessions unrevert ${reverted.session.slug}\` undoes it.`,
})

export const unrevert = operationCommand<SessionsRevertOutput>({
  operationId: 'sessions.unrevert',
  usage: 'SESSION [options]',
  summary: 'Undoes the latest revert, if no message was sent after it.',
  positionals: [sessionPositional],
  say: (restored) =>
    `The messages of ${restored.session.slug} are back. ${revertedFiles(restored)}`,
})

export const regrant = operationCommand<Session>({
  operationId: 'sessions.regrant',
  usage: 'SESSION [options]',
  summary: 'Gives a session the rights of your key, within its role.',
  positionals: [sessionPositional],
  say: ({ slug }) => `${slug} has the rights of this key.`,
})

export const archive = operationCommand<Session>({
  operationId: 'sessions.archive',
  usage: 'SESSION [options]',
  summary: 'Ends a session permanently. Its messages stay.',
  positionals: [sessionPositional],
  say: ({ slug }) => `Archived ${slug}.`,
})

export const remove = operationCommand<{ sessionId: string }>({
  operationId: 'sessions.delete',
  usage: 'SESSION [options]',
  summary: 'Deletes an archived session with its messages.',
  positionals: [sessionPositional],
  say: ({ sessionId }) => `Deleted ${sessionId}.`,
})
