import type { Client, ClientsCreateInput, LlmProviderConfig } from '@alkdev/contracts'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command, Io, Parsed } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { refuseSecretUrl } from '../../input/refuse-secret.ts'
import { readSecret } from '../../input/secret-input.ts'
import { providerFlags } from './provider-flags.ts'
import { providerType } from './provider-type.ts'

const protocols = ['openai', 'anthropic'] as const

export const add: Command = {
  usage: 'NAME --url URL [options]',
  summary:
    'Adds a provider of models. Its API key is asked for without showing it, or read from --secret-file.\nA model is then called NAME/MODEL.',
  flags: {
    ...hubFlags,
    ...providerFlags,
    'secret-file': {
      type: 'string',
      value: 'FILE',
      summary: 'File that holds its API key; `-` reads standard input.',
    },
    'no-secret': { type: 'boolean', summary: 'It needs no API key.' },
  },
  most: 1,
  async run(args, io) {
    const name = positional(
      args,
      0,
      'What is the provider called?',
      'Name it in small letters: `alkhub providers add openai --url URL`.',
    )
    const config = providerConfig(args)
    const hub = await HubClient.from(args, io)
    const secret = await apiKeyOf(name, args, io)
    const input: ClientsCreateInput = {
      name,
      type: providerType,
      config,
      ...(secret !== undefined && { secret }),
    }
    const made = await hub.call<Client>('clients.create', input)
    const models = (config.models ?? ['MODEL']).map((model) => `${name}/${model}`).join(', ')
    print(
      io,
      args.flag('json'),
      made,
      () => `Added ${name}. Name its models in requests like this: ${models}.`,
    )
    return 0
  },
}

/** What is not secret about it, from the flags. */
export function providerConfig(args: Parsed): LlmProviderConfig {
  const baseUrl = args.text('url')
  if (baseUrl === undefined || !URL.canParse(baseUrl))
    throw new UsageError(
      baseUrl === undefined ? 'Where is the provider?' : `--url takes a URL, not \`${baseUrl}\`.`,
      'Give it as --url https://api.example.com/v1.',
    )
  refuseSecretUrl(baseUrl, 'Leave it out of the URL and give the API key with --secret-file FILE.')
  const text = args.text('protocol')
  const protocol = protocols.find((one) => one === text)
  if (text !== undefined && protocol === undefined)
    throw new UsageError(`There is no protocol \`${text}\`.`, 'Give openai or anthropic.')
  const models = args.texts('model')
  const timeoutMs = args.number('timeout-ms')
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    ...(protocol && { protocol }),
    ...(models.length > 0 && { models: [...models] }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

async function apiKeyOf(name: string, args: Parsed, io: Io): Promise<string | undefined> {
  const file = args.text('secret-file')
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
