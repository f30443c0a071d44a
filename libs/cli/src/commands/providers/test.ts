import type { ProviderTrial } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { asProviderError } from './provider-error.ts'
import { providerName } from './provider-name.ts'
import { trialText } from './provider-trial.ts'

const OPERATION = 'inference.testProvider'

/** `alkhub providers test` */
export const test: Command = {
  usage: 'NAME [options]',
  summary:
    'Reads the list of models of a provider with each of its API keys. With --ask also asks a model for one token. Ends with 1 when a key does not work.',
  flags: {
    ...hubFlags,
    ask: { type: 'string', value: 'MODEL', summary: 'A model that is asked for one token.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const name = providerName(args)
    const hub = await HubClient.from(args, io)
    const input = { name, ...compact({ model: args.text('ask') }) }
    const trial = await hub.call<ProviderTrial>(OPERATION, input).catch(async (error: unknown) => {
      throw await asProviderError(hub, OPERATION, name, error)
    })
    print(io, args.flag('json'), trial, () => trialText(name, trial, args.text('ask')))
    return trial.ok ? 0 : 1
  },
}
