import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Session, SessionsCreateInput } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { Command, Io, Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { workspaceIdOf } from '../../hub/id-resolvers.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { attachSession } from '../../sessions/attach-session.ts'
import { startedAs } from '../../started-as.ts'

const MAX_INSTRUCTIONS = 262_144

export const create: Command = {
  usage: '[PROMPT] [options]',
  summary:
    'Makes an agent session with the rights of your key, narrowed by its role. With a prompt its first turn starts at once.',
  flags: {
    ...hubFlags,
    model: {
      type: 'string',
      value: 'MODEL',
      summary: '`provider/model` or an alias (default: that of the role).',
    },
    role: { type: 'string', value: 'ROLE', summary: '`alkhub roles list` shows them.' },
    title: { type: 'string', value: 'TEXT', summary: 'Its title.' },
    project: {
      type: 'string',
      value: 'PROJECT',
      summary: 'Slug or id of the project (default: your `default` one).',
    },
    workspace: {
      type: 'string',
      value: 'ID',
      summary: 'The workspace that it works in; `alkhub workspaces list PROJECT` shows them.',
    },
    'instructions-file': {
      type: 'string',
      value: 'FILE',
      summary: 'Instructions for the model, before all messages.',
    },
    attach: { type: 'boolean', summary: 'Chat with it on this terminal.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const [prompt] = args.positionals
    if (prompt?.trim() === '')
      throw new UsageError('The prompt is empty.', 'Write it in quotes, or leave it out.')
    const hub = await HubClient.from(args, io)
    const workspace = args.text('workspace')
    const input: SessionsCreateInput = compact({
      prompt,
      model: args.text('model'),
      role: args.text('role'),
      title: args.text('title'),
      project: args.text('project'),
      workspaceId: workspace === undefined ? undefined : await workspaceIdOf(hub, workspace),
      instructions: await instructionsOf(args, io),
    })
    const session = await hub.call<Session>('sessions.create', input)
    if (args.flag('attach')) return attachSession(args, io, session.sessionId)
    const next =
      prompt === undefined
        ? `${startedAs(io)} sessions attach ${session.slug}`
        : `${startedAs(io)} sessions watch ${session.slug}`
    print(
      io,
      args.flag('json'),
      session,
      () => `Made ${session.slug} (${session.sessionId}).\nNext: ${next}`,
    )
    return 0
  },
}

async function instructionsOf(args: Parsed, io: Io): Promise<string | undefined> {
  const file = args.text('instructions-file')
  if (file === undefined) return undefined
  const text = await readFile(resolve(io.cwd, file), 'utf8').catch((cause: unknown) => {
    throw new OperatorError(`The file ${file} cannot be read.`, 'Give the path of a text.', {
      cause,
    })
  })
  if (text.trim() === '' || text.length > MAX_INSTRUCTIONS)
    throw new OperatorError(
      `${file} is ${text.trim() === '' ? 'empty' : 'longer than 262,144 characters'}.`,
      'Give another file.',
    )
  return text
}
