import type { SpokesDrainOutput } from '@alkdev/contracts'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'

export const drain: Command = {
  usage: 'NAME [options]',
  summary:
    'Gives a spoke no new calls, lets those in flight end (30 s at most), and closes its connection.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(args, 0, 'Which spoke?', 'Its name is shown by `alkhub spokes list`.')
    const hub = await HubClient.from(args, io)
    const result = await hub.call<SpokesDrainOutput>('spokes.drain', { name })
    print(io, args.flag('json'), result, () =>
      result.draining
        ? `${result.name} gets no new calls; its connection closes when those in flight have ended.`
        : `${result.name} was not connected.`,
    )
    return 0
  },
}
