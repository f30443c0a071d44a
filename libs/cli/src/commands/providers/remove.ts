import { didYouMean } from '@alkdev/std'
import type { Client, ClientsDeleteOutput } from '@alkdev/contracts'
import type { Command } from '../../command.ts'
import { NotFoundError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { listAll } from '../../hub/pages.ts'
import { print } from '../../hub/print.ts'
import { providerName } from './provider-name.ts'
import { providerType } from './provider-type.ts'

export const remove: Command = {
  usage: 'NAME [options]',
  summary: 'Removes a provider of models and its API key.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const name = providerName(args)
    const hub = await HubClient.from(args, io)
    // Clients of other types share the namespace, and this command must not remove them.
    const { items } = await listAll<Client>(hub, 'clients.list', { type: providerType }, args)
    if (!items.some((client) => client.name === name))
      throw new NotFoundError(
        'CLIENT_NOT_FOUND',
        `There is no provider ${name}.${didYouMean(
          name,
          items.map((client) => client.name),
        )}`,
        'Find its name with `alkhub providers list`.',
      )
    const removed = await hub.call<ClientsDeleteOutput>('clients.delete', { name })
    print(io, args.flag('json'), removed, () => `Removed ${removed.name}.`)
    return 0
  },
}
