import type { Client, LlmProviderConfig } from '@alkdev/contracts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { limitFlag, listAll, moreLine } from '../../hub/pages.ts'
import { columns, print, table } from '../../hub/print.ts'
import { providerType } from './provider-type.ts'

export const list: Command = {
  usage: '[options]',
  summary:
    'Lists the providers of models that you may see. Of an API key it tells only whether there is one.',
  flags: { ...hubFlags, ...limitFlag },
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const found = await listAll<Client>(hub, 'clients.list', { type: providerType }, args)
    print(io, args.flag('json'), found, () => {
      if (found.items.length === 0) return 'No providers. Add one with `alkhub providers add`.'
      const rows = found.items.map((client) => {
        const config = client.config as Partial<LlmProviderConfig>
        return [
          client.name,
          client.enabled ? 'on' : 'off',
          client.hasSecret ? 'yes' : 'no',
          config.protocol ?? 'openai',
          config.baseUrl,
          config.models?.join(' ') ?? 'as it says',
        ]
      })
      const headings = ['name', 'state', 'key', 'protocol', 'url', 'models']
      return table(headings, rows, columns(io)) + moreLine(found)
    })
    return 0
  },
}
