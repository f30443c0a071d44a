import type { Client, ClientsCreateInput, LlmProviderConfig } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command, Io, Parsed } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { readSecret } from '../../input/secret-input.ts'
import { PROVIDER_PRESETS } from './presets.ts'
import type { ProviderPreset } from './presets.ts'
import { providerConfig } from './provider-config.ts'
import { asTakenName } from './provider-error.ts'
import { providerFlags } from './provider-flags.ts'
import { tryBeforeStoring } from './provider-trial.ts'
import { providerType } from './provider-type.ts'

const presetNames = Object.keys(PROVIDER_PRESETS).join(', ')

export const add: Command = {
  usage: 'NAME [--url URL] [options]',
  summary: `Adds a provider of models. Its API key is asked for without showing it, or read from --secret-file, and tried before it is stored.\nA model is then called NAME/MODEL. Known providers need no URL: ${presetNames}.`,
  flags: {
    ...hubFlags,
    ...providerFlags,
    preset: {
      type: 'string',
      value: 'PROVIDER',
      summary: 'The known provider that it is (default: the one called NAME, without --url).',
    },
    'secret-file': {
      type: 'string',
      value: 'FILE',
      summary: 'File that holds its API key; `-` reads standard input.',
    },
    'no-secret': { type: 'boolean', summary: 'It needs no API key.' },
    'no-test': { type: 'boolean', summary: 'Store it without trying it.' },
    ask: {
      type: 'string',
      value: 'MODEL',
      summary: 'A model that is asked for one token as a trial.',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(
      args,
      0,
      'What is the provider called?',
      'Name it in small letters: `alkhub providers add openai`.',
    )
    const preset = presetOf(name, args)
    const config = providerConfig(args, preset?.config)
    const hub = await HubClient.from(args, io)
    const secret = await apiKeyOf(name, args, io, preset)
    const trial = args.flag('no-test')
      ? undefined
      : await tryBeforeStoring(hub, { name, config, secret, model: args.text('ask') })
    const input: ClientsCreateInput = {
      name,
      type: providerType,
      config,
      ...compact({ secret }),
    }
    const made = await hub.call<Client>('clients.create', input).catch((error: unknown) => {
      throw asTakenName(name, error)
    })
    print(io, args.flag('json'), made, () => addedText(name, config, trial?.models))
    return 0
  },
}

function addedText(
  name: string,
  { models }: LlmProviderConfig,
  tried: readonly string[] = [],
): string {
  const known = models ?? (tried.length > 0 ? tried.slice(0, 5) : ['MODEL'])
  const names = known.map((model) => `${name}/${model}`).join(', ')
  return `Added ${name}. Name its models in requests like this: ${names}.`
}

/** The known provider that is meant; undefined for one with a URL of its own. Throws UsageError. */
export function presetOf(name: string, args: Parsed): ProviderPreset | undefined {
  const asked = args.text('preset')
  const preset = asked ?? (args.text('url') === undefined ? name : undefined)
  if (preset !== undefined && Object.hasOwn(PROVIDER_PRESETS, preset))
    return PROVIDER_PRESETS[preset]
  if (asked === undefined) return undefined
  throw new UsageError(
    `There is no known provider \`${asked}\`.`,
    `Known are ${presetNames}. For another one give --url.`,
  )
}

async function apiKeyOf(
  name: string,
  args: Parsed,
  io: Io,
  preset: ProviderPreset | undefined,
): Promise<string | undefined> {
  const file = args.text('secret-file')
  if (preset?.needsKey === false && file === undefined) return undefined
  if (args.flag('no-secret')) {
    if (file === undefined) return undefined
    throw new UsageError('--no-secret and --secret-file contradict each other.', 'Give one.')
  }
  const secret = await readSecret(io, { what: `API key of ${name}`, flag: 'secret-file', file })
  if (secret !== undefined) return secret
  throw new UsageError(
    `The API key of ${name} was not given.`,
    'Give it with --secret-file FILE (`-` reads standard input), or say --no-secret.',
  )
}
