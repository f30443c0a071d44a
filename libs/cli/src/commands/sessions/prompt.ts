import { randomUUID } from 'node:crypto'
import type { SessionsPromptOutput } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { readStdin } from '../../input/read-stdin.ts'
import { promptAndShow } from '../../sessions/attach-session.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'
import { startedAs } from '../../started-as.ts'

const MAX_PROMPT_BYTES = 1024 * 1024
const MODES: ReadonlySet<string> = new Set(['queue', 'steer', 'interrupt'])

export const prompt: Command = {
  usage: 'SESSION [PROMPT] [options]',
  summary:
    'Sends a message to a session and shows what happens until its turn is over. Without a prompt, or with `-`, it is read from standard input. Under --json one event per line, from the message on. Exits 1 when the turn was not completed.',
  flags: {
    ...hubFlags,
    mode: {
      type: 'string',
      value: 'MODE',
      summary:
        'queue (default): the next turn. steer: the next step of the turn that runs. interrupt: ends that turn and starts the next one.',
    },
    'no-wait': { type: 'boolean', summary: 'Return when the hub has stored the message.' },
  },
  maxPositionals: 2,
  async run(args, io) {
    const named = positional(args, 0, 'Which session?', '`alkhub sessions list` shows them.')
    const mode = args.text('mode')
    if (mode !== undefined && !MODES.has(mode))
      throw new UsageError(`There is no mode \`${mode}\`.`, 'Use queue, steer or interrupt.')
    const given = args.positionals[1]
    if ((given === undefined || given === '-') && io.stdin.isTTY)
      throw new UsageError('What is the prompt?', 'Give it behind the session, in quotes.')
    const text =
      given === undefined || given === '-'
        ? await readStdin(io, 'The prompt', MAX_PROMPT_BYTES)
        : given
    if (text.trim() === '')
      throw new UsageError('The prompt is empty.', 'Give it behind the session, in quotes.')
    const hub = await HubClient.from(args, io)
    const sessionId = await sessionIdOf(hub, named)
    if (!args.flag('no-wait'))
      return promptAndShow(hub, io, {
        sessionId,
        text,
        json: args.flag('json'),
        ...compact({ mode }),
      })
    const input = { sessionId, text, messageId: randomUUID(), ...compact({ mode }) }
    const sent = await hub.call<SessionsPromptOutput>('sessions.prompt', input)
    print(
      io,
      args.flag('json'),
      sent,
      () => `Sent. \`${startedAs(io)} sessions watch ${sent.session.slug}\` shows the answer.`,
    )
    return 0
  },
}
