import type {
  Client,
  InferenceProvidersOutput,
  LlmProviderConfig,
  ProviderState,
} from '@alkdev/contracts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { listAll, moreLine, pageFlags } from '../../hub/pages.ts'
import { columns, print, table } from '../../hub/print.ts'
import { providerType } from './provider-type.ts'
import { asStarted } from '../../started-as.ts'

export const list: Command = {
  usage: '[options]',
  summary:
    'Lists the providers of models that you may see. Of an API key it shows only whether there is one.',
  flags: { ...hubFlags, ...pageFlags },
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const found = await listAll<Client>(hub, 'clients.list', { type: providerType }, args)
    // A key without the right to use models sees no states.
    const known = await hub
      .call<InferenceProvidersOutput>('inference.providers', {})
      .catch(() => ({ items: [] }))
    const states = new Map(known.items.map((state) => [state.name, state]))
    print(io, args.flag('json'), found, () => {
      if (found.items.length === 0)
        return asStarted('No providers. Add one with `alkhub providers add`.', io)
      const rows = found.items.map((client) => {
        const config = client.config as Partial<LlmProviderConfig>
        return [
          client.name,
          stateOf(client, states.get(client.name)),
          client.keys === undefined || client.keys.length < 2
            ? client.hasSecret
              ? 'yes'
              : 'no'
            : client.keys.join(' '),
          config.protocol ?? 'openai',
          config.baseUrl,
          config.models?.join(' ') ?? '(all that it offers)',
        ]
      })
      const headings = ['name', 'state', 'key', 'protocol', 'url', 'models']
      return table(headings, rows, columns(io)) + moreLine(found, args)
    })
    return 0
  },
}

function stateOf({ enabled }: Client, state: ProviderState | undefined): string {
  if (!enabled) return 'off'
  if (state === undefined) return 'on'
  if (state.broken !== undefined) return 'broken'
  const [key] = state.refusedKeys
  if (key !== undefined) return `refuses the key ${key.key}`
  const [target] = state.openTargets
  return target === undefined ? 'on' : `${target.model} fails`
}
