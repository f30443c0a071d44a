import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { attachSession } from '../../sessions/attach-session.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'

export const attach: Command = {
  usage: '[SESSION] [options]',
  summary:
    'Chats with a session on this terminal (default: the newest one). Ctrl-C stops the turn, Ctrl-D leaves; the session stays. Approvals are answered with a key. Without a terminal each line of standard input is a prompt.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    return attachSession(args, io, await sessionIdOf(hub, args.positionals[0] ?? 'last'))
  },
}
