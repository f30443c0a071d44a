import type { Client, ClientsUpdateInput, LlmProviderConfig } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command, Parsed } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { changedSecret, secretFlags } from '../../input/secret-flags.ts'
import { providerConfig } from './add.ts'
import { providerFlags } from './provider-flags.ts'
import { providerType } from './provider-type.ts'

const configFlags = ['url', 'model', 'protocol', 'timeout-ms'] as const

export const update: Command = {
  usage: 'NAME [options]',
  summary:
    'Changes what is given of a provider of models and nothing else; a new API key is used within a second.',
  flags: {
    ...hubFlags,
    ...providerFlags,
    ...secretFlags,
    on: { type: 'boolean', summary: 'Use it.' },
    off: { type: 'boolean', summary: 'Keep it, and do not use it.' },
  },
  most: 1,
  async run(args, io) {
    const name = positional(
      args,
      0,
      'Which provider?',
      'Its name is shown by `alkhub providers list`.',
    )
    if (args.flag('on') && args.flag('off'))
      throw new UsageError('--on and --off contradict each other.', 'Give one.')
    const hub = await HubClient.from(args, io)
    const client = await hub.call<Client>('clients.get', { name })
    if (client.type !== providerType)
      throw new OperatorError(
        `${name} is no provider of models.`,
        'Change it with `alkhub clients update`.',
      )
    const secret = await changedSecret(name, args, io)
    const input: ClientsUpdateInput = {
      name,
      ...(configFlags.some((flag) => args.text(flag) !== undefined) && {
        config: changedConfig(args, client.config as LlmProviderConfig),
      }),
      ...(secret !== undefined && { secret }),
      ...((args.flag('on') || args.flag('off')) && { enabled: args.flag('on') }),
    }
    if (Object.keys(input).length === 1)
      throw new UsageError(
        'Nothing was given to change.',
        'What there is is shown by `alkhub providers update --help`.',
      )
    const changed = await hub.call<Client>('clients.update', input)
    print(io, args.flag('json'), changed, () => `Changed ${name}.`)
    return 0
  },
}

/** The config as it was, with what the flags say in its place. */
function changedConfig(args: Parsed, former: LlmProviderConfig): LlmProviderConfig {
  const withUrl: Parsed = {
    ...args,
    text: (name) => args.text(name) ?? (name === 'url' ? former.baseUrl : undefined),
  }
  return { ...former, ...providerConfig(withUrl) }
}
