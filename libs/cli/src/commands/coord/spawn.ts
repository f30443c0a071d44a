import type { CoordSpawnOutput } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import type { Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { workspaceIdOf } from '../../hub/id-resolvers.ts'
import { operationCommand } from '../../hub/operation-command.ts'
import { microsOf } from '../../input/money.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'

const text = (member: string, value: string, summary: string) =>
  ({ type: 'string', member, value, summary }) as const

export const spawn = operationCommand<CoordSpawnOutput>({
  operationId: 'coord.spawn',
  usage: 'PROMPT [options]',
  summary:
    'Makes a session below another one and gives it its first message. With a task it has the claim of it, with a spoke a worktree there.',
  positionals: [
    {
      member: 'prompt',
      question: 'What is the session to do?',
      fix: 'Write it in quotes.',
    },
  ],
  inputs: {
    parent: {
      ...text('parentSessionId', 'SESSION', 'The session above it (default: none).'),
      resolve: sessionIdOf,
    },
    task: text('task', 'SLUG', 'A task of the project, which it then works on.'),
    role: text('role', 'ROLE', '`alkhub roles list` shows them.'),
    model: text('model', 'MODEL', '`provider/model` or an alias.'),
    title: text('title', 'TEXT', 'Its title.'),
    project: text('project', 'PROJECT', 'Slug or id; only without a parent.'),
    workspace: {
      ...text('workspaceId', 'ID', 'A workspace that no session works in.'),
      resolve: workspaceIdOf,
    },
    key: text('key', 'KEY', 'The same key of the same parent gives the same session.'),
  },
  more: (args) => Promise.resolve(moreOf(args)),
  moreFlags: {
    spoke: {
      type: 'string',
      value: 'SPOKE',
      summary: 'Makes a worktree for it on this spoke.',
    },
    worktree: { type: 'string', value: 'NAME', summary: 'The name of that worktree.' },
    base: {
      type: 'string',
      value: 'REF',
      summary: 'The commit that it begins at (default: HEAD).',
    },
    cost: { type: 'string', value: 'USD', summary: 'What its calls of models may cost.' },
    tokens: { type: 'string', value: 'N', summary: 'The tokens that it may use.' },
  },
  say: ({ session, isNew, task }, _nameOf, alkhub) =>
    [
      `${isNew ? 'Spawned' : 'There is already'} ${session.slug} (${session.sessionId}).`,
      ...(task === undefined ? [] : [`It works on the task ${task.slug}.`]),
      `Next: ${alkhub} coord status ${session.slug}`,
    ].join('\n'),
})

function moreOf(args: Parsed): Record<string, unknown> {
  const [spoke, name, base] = ['spoke', 'worktree', 'base'].map((flag) => args.text(flag))
  if (spoke === undefined && (name !== undefined || base !== undefined))
    throw new UsageError('A worktree is made on a spoke.', 'Name it with --spoke.')
  const cost = args.text('cost')
  const budget = compact({
    cost: cost === undefined ? undefined : microsOf('cost', cost),
    tokens: args.number('tokens'),
  })
  return {
    ...(spoke !== undefined && { worktree: { spoke, ...compact({ name, base }) } }),
    ...(Object.keys(budget).length > 0 && { budget }),
  }
}
