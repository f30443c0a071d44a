import type { SpokesDisconnectOutput } from '@alkdev/contracts'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'

export const disconnect: Command = {
  usage: 'NAME [options]',
  summary: 'Closes the connection of a spoke; calls in flight on it end with PROVIDER_LOST.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(args, 0, 'Which spoke?', 'Its name is shown by `alkhub spokes list`.')
    const hub = await HubClient.from(args, io)
    const result = await hub.call<SpokesDisconnectOutput>('spokes.disconnect', { name })
    print(io, args.flag('json'), result, () =>
      result.disconnected ? `Disconnected ${result.name}.` : `${result.name} was not connected.`,
    )
    return 0
  },
}
