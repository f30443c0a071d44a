import { compact } from '@alkdev/std'
import type { Command } from '../command.ts'
import { HubClient } from '../hub/hub-client.ts'
import { workspaceIdOf } from '../hub/id-resolvers.ts'
import { hubFlags } from '../hub/hub-target.ts'

export const acp: Command = {
  usage: '[options]',
  summary:
    'An agent for editors that speak the Agent Client Protocol, on stdin and stdout: their chats are sessions of the hub. The options are for sessions that the editor creates.',
  flags: {
    ...hubFlags,
    model: { type: 'string', value: 'MODEL', summary: '`provider/model`, or an alias.' },
    role: { type: 'string', value: 'NAME', summary: 'The role.' },
    project: { type: 'string', value: 'PROJECT', summary: 'The project: its slug or id.' },
    workspace: { type: 'string', value: 'ID', summary: 'The id of the workspace.' },
  },
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const workspace = args.text('workspace')
    // The protocol's library takes time to load, and only this command needs it.
    const { serveAcp } = await import('../acp/serve-acp.ts')
    await serveAcp(hub, io, {
      ...compact({
        model: args.text('model'),
        role: args.text('role'),
        project: args.text('project'),
        workspaceId: workspace === undefined ? undefined : await workspaceIdOf(hub, workspace),
      }),
    })
    return 0
  },
}
