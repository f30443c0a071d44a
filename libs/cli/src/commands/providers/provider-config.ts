import { MODEL_PROTOCOLS } from '@alkdev/contracts'
import type { LlmProviderConfig } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { refuseSecretUrl } from '../../input/refuse-secret.ts'

const PROTOCOLS = ['openai', 'anthropic', 'google', 'package'] as const

/** The config of the provider without its secrets: that of `former` with the values of the flags. Throws UsageError. */
export function providerConfig(
  args: Parsed,
  former: Partial<LlmProviderConfig> = {},
): LlmProviderConfig {
  const baseUrl = args.text('url') ?? former.baseUrl
  if (baseUrl === undefined || !URL.canParse(baseUrl))
    throw new UsageError(
      baseUrl === undefined ? 'Where is the provider?' : `--url takes a URL, not \`${baseUrl}\`.`,
      'Give it as --url https://api.example.com/v1.',
    )
  if (!/^https?:$/.test(new URL(baseUrl).protocol))
    throw new UsageError(
      `--url takes an address that begins with http:// or https://, not \`${baseUrl}\`.`,
      'Give it as --url https://api.example.com/v1.',
    )
  refuseSecretUrl(baseUrl, 'Leave it out of the URL and give the API key with --secret-file FILE.')
  const text = args.text('protocol')
  const protocol = PROTOCOLS.find((one) => one === text)
  if (text !== undefined && protocol === undefined)
    throw new UsageError(
      `There is no protocol \`${text}\`.`,
      'Use openai, anthropic, google or package.',
    )
  const keyWeights = weightsOf(args)
  return {
    ...former,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    ...compact({
      protocol,
      package: args.text('package'),
      models: listed(args, 'model'),
      endpoints: endpointsOf(args),
      paths: listed(args, 'path'),
      forwardHeaders: listed(args, 'forward-header'),
      repairToolCalls: args.flag('repair-tool-calls') || undefined,
      timeoutMs: args.number('timeout-ms'),
      keyWeights: keyWeights && { ...former.keyWeights, ...keyWeights },
    }),
  }
}

function listed(args: Parsed, flag: string): string[] | undefined {
  const texts = args.texts(flag)
  return texts.length === 0 ? undefined : [...texts]
}

function endpointsOf(args: Parsed): LlmProviderConfig['endpoints'] | undefined {
  return listed(args, 'endpoint')?.map((text) => {
    const found = MODEL_PROTOCOLS.find((one) => one === text)
    if (found !== undefined) return found
    throw new UsageError(
      `There is no endpoint \`${text}\`.`,
      `Use ${MODEL_PROTOCOLS.slice(0, -1).join(', ')} or ${MODEL_PROTOCOLS.at(-1)}.`,
    )
  })
}

function weightsOf(args: Parsed): Record<string, number> | undefined {
  const texts = listed(args, 'key-weight')
  return (
    texts &&
    Object.fromEntries(
      texts.map((text) => {
        const [, key = '', weight] = /^([^=]+)=(\d{1,4})$/.exec(text) ?? []
        if (weight === undefined)
          throw new UsageError(
            `--key-weight takes KEY=N, not \`${text}\`.`,
            'Give it as --key-weight second=2.',
          )
        return [key, Number(weight)] as const
      }),
    )
  )
}
