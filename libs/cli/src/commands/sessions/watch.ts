import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'
import { showSession } from '../../sessions/show-turn.ts'
import { compact } from '@alkdev/std'

export const watch: Command = {
  usage: '[SESSION] [options]',
  summary:
    'Shows what happens in a session (default: the newest one) until it is archived, or Ctrl-C. Continues after a lost connection.',
  flags: {
    ...hubFlags,
    after: {
      type: 'string',
      value: 'POSITION',
      summary: 'Only events after this position of an earlier event.',
    },
    'until-idle': {
      type: 'boolean',
      summary: 'End with the turn that runs. Exits 1 when it was not completed.',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    return showSession(hub, io, {
      sessionId: await sessionIdOf(hub, args.positionals[0] ?? 'last'),
      untilIdle: args.flag('until-idle'),
      json: args.flag('json'),
      ...compact({ after: args.text('after') }),
    })
  },
}
