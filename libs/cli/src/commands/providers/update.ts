import type { Client, ClientsUpdateInput } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { UsageError } from '../../failure.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { changedSecret, secretFlags } from '../../input/secret-flags.ts'
import { asProviderError } from './provider-error.ts'
import { providerName } from './provider-name.ts'
import { providerConfig } from './provider-config.ts'
import { providerFlags } from './provider-flags.ts'
import { providerType } from './provider-type.ts'

const configFlags = Object.keys(providerFlags)

export const update: Command = {
  usage: 'NAME [options]',
  summary:
    'Changes only the given settings of a provider of models. A new API key is used within a second.',
  flags: {
    ...hubFlags,
    ...providerFlags,
    ...secretFlags,
    key: {
      type: 'string',
      value: 'NAME',
      summary:
        'Name of the further API key that --secret-file adds or replaces and --remove-secret removes.',
    },
    on: { type: 'boolean', summary: 'Use it.' },
    off: { type: 'boolean', summary: 'Disable it.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const name = providerName(args)
    if (args.flag('on') && args.flag('off'))
      throw new UsageError('--on and --off contradict each other.', 'Give one.')
    const hub = await HubClient.from(args, io)
    const client = await hub.call<Client>('clients.get', { name }).catch(async (error: unknown) => {
      throw await asProviderError(hub, 'clients.get', name, error)
    })
    if (client.type !== providerType)
      throw new OperatorError(
        `${name} is no provider of models.`,
        'Change it with `alkhub clients update`.',
      )
    const key = args.text('key')
    const secret = await changedSecret(name, args, io)
    const input: ClientsUpdateInput = {
      name,
      ...(configFlags.some(
        (flag) => args.text(flag) !== undefined || args.texts(flag).length > 0 || args.flag(flag),
      ) && {
        config: providerConfig(args, client.config),
      }),
      ...(secret !== undefined &&
        (key === undefined ? { secret } : { secrets: { [key]: secret } })),
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
