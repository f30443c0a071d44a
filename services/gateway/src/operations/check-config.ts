import { CLIENT_CONFIGS, clientUrls, reservedHeaders } from '@alkdev/contracts'
import type { ClientType } from '@alkdev/contracts'
import { collectErrors, validationError } from '@alkdev/operations'
import { checkOutboundUrl, OutboundRefusedError } from '@alkdev/outbound'
import type { AddressPolicy } from '@alkdev/outbound'

type Config = Readonly<Record<string, unknown>>

/** Types with a fixed schema to which no service connects yet. */
const NOT_OFFERED: ReadonlySet<ClientType> = new Set(['openapi', 'mcp-server', 'vcs', 'compute'])

/**
 * Throws VALIDATION_ERROR with every path of the input at which the config does not fit its type, has an address to which the hub does not
 * connect, or requests a feature that the hub does not have yet.
 */
export function checkConfig(type: ClientType, config: Config, policy: AddressPolicy): void {
  const errors = collectErrors(CLIENT_CONFIGS[type], config)
  const what = `The config of a client of type ${type}`
  if (errors.length > 0)
    throw validationError(
      what,
      errors.map((error) => ({ ...error, path: `/config${error.path}` })),
    )
  const refused = [
    ...addressErrors(type, config, policy),
    ...headerErrors(type, config),
    ...unofferedErrors(type, config),
  ]
  if (refused.length > 0) throw validationError(what, refused)
}

interface PathError {
  readonly path: string
  readonly message: string
}

function addressErrors(type: ClientType, config: Config, policy: AddressPolicy): PathError[] {
  if (type === 'custom') return []
  return [...clientUrls(config)].flatMap(([member, url]) => {
    const path = `/config/${member}`
    if (!URL.canParse(url)) return [{ path, message: 'it is not a valid URL' }]
    try {
      checkOutboundUrl(policy, url)
      return []
    } catch (error) {
      if (error instanceof OutboundRefusedError) return [{ path, message: error.message }]
      throw error
    }
  })
}

function headerErrors(type: ClientType, config: Config): PathError[] {
  if (type === 'custom') return []
  return reservedHeaders(config).map((name) => ({
    path: `/config/headers/${name}`,
    message: 'only the hub sets this header',
  }))
}

function unofferedErrors(type: ClientType, config: Config): PathError[] {
  if (NOT_OFFERED.has(type))
    return [{ path: '/type', message: `clients of type ${type} are not offered yet` }]
  if (type === 'llm-provider' && config['protocol'] === 'anthropic')
    return [
      {
        path: '/config/protocol',
        message: 'the protocol anthropic is not offered yet: leave it out or give openai',
      },
    ]
  return []
}
