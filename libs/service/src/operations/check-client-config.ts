import { CLIENT_CONFIGS, clientUrls, reservedHeaders } from '@alkdev/contracts'
import type { ClientType } from '@alkdev/contracts'
import { collectErrors, validationError } from '@alkdev/operations'
import { checkOutboundUrl, OutboundRefusedError } from '@alkdev/outbound'
import type { AddressPolicy } from '@alkdev/outbound'

type Config = Readonly<Record<string, unknown>>

/** Types with a fixed schema to which no service connects yet. */
const NOT_OFFERED: ReadonlySet<ClientType> = new Set(['vcs', 'compute'])

/**
 * Throws VALIDATION_ERROR with every path of the input at which the config does not fit its type, has an address to which the hub does not
 * connect, or requests a feature that the hub does not have yet.
 */
export function checkClientConfig(type: ClientType, config: Config, policy: AddressPolicy): void {
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
    ...secretHeaderErrors(type, config),
    ...unofferedErrors(type, config),
    ...providerErrors(type, config),
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

/** Its tools or paths become operations. */
function isConnected(type: ClientType): boolean {
  return type === 'openapi' || type === 'mcp-server'
}

/** The header of the secret must not steer a request; only `authorization` may be named although the hub sets it. */
function secretHeaderErrors(type: ClientType, config: Config): PathError[] {
  const { auth } = config as { readonly auth?: { readonly header: string } }
  if (!isConnected(type) || auth === undefined) return []
  if (auth.header.toLowerCase() === 'authorization') return []
  if (reservedHeaders({ headers: { [auth.header]: '' } }).length === 0) return []
  return [{ path: '/config/auth/header', message: 'only the hub sets this header' }]
}

/** A provider that is asked through a package of the AI SDK has no endpoints of the hub's protocols. */
function providerErrors(type: ClientType, config: Config): PathError[] {
  if (type !== 'llm-provider') return []
  const { protocol, models, endpoints } = config
  const isPackage = protocol === 'package'
  const errors: PathError[] = []
  if (isPackage !== (config['package'] !== undefined))
    errors.push({
      path: '/config/package',
      message: isPackage
        ? 'name the package of the AI SDK that it is asked through'
        : 'only the protocol `package` takes it',
    })
  if (isPackage && models === undefined)
    errors.push({ path: '/config/models', message: 'name its models: a package lists none' })
  if ((isPackage || protocol === 'google') && endpoints !== undefined)
    errors.push({
      path: '/config/endpoints',
      message: `omit it: each request is translated for the protocol ${protocol as string}`,
    })
  return errors
}

function unofferedErrors(type: ClientType, config: Config): PathError[] {
  if (NOT_OFFERED.has(type))
    return [{ path: '/type', message: `clients of type ${type} are not supported yet` }]
  if (type === 'openapi' && config['documentUrl'] === undefined && config['document'] === undefined)
    return [
      {
        path: '/config/documentUrl',
        message: 'name the address of its OpenAPI document here, or give the text as `document`',
      },
    ]
  if (isConnected(type) && config['oauth'] !== undefined && config['auth'] !== undefined)
    return [{ path: '/config/auth', message: '`oauth` and `auth` exclude each other' }]
  return []
}
