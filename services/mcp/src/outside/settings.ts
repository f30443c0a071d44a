import type { McpServerSetting } from '@alkdev/config'
import {
  CLIENT_CONFIGS,
  CLIENT_SECRET_KEY,
  clientOrigin,
  clientSecretPlace,
  reservedHeaders,
} from '@alkdev/contracts'
import type { McpServerConfig, OauthConfig, OpenapiConfig } from '@alkdev/contracts'
import type { KeyRing } from '@alkdev/crypto'
import { CallError, collectErrors } from '@alkdev/operations'
import type { ClientWithSecrets } from '@alkdev/storage'

/** The program of an MCP server on standard input and output. */
export interface ProgramSettings {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
  readonly memoryMiB: number
}

/** Everything about an outside service that a connection needs, secrets opened. */
export interface OutsideSettings {
  readonly name: string
  readonly kind: 'mcp' | 'openapi'
  /** Where it is; absent for a program. */
  readonly url?: string | undefined
  readonly program?: ProgramSettings | undefined
  readonly documentUrl?: string | undefined
  readonly document?: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly secret?: string | undefined
  readonly auth?: { readonly header: string; readonly prefix?: string } | undefined
  readonly oauth?: OauthConfig | undefined
  readonly timeoutMs?: number | undefined
  readonly scopes: readonly string[]
  readonly include?: readonly string[] | undefined
  readonly exclude: readonly string[]
  readonly pinned: boolean
  /** The operator named its address: it may be a private one. */
  readonly privateOk: boolean
}

const DEFAULT_MEMORY_MIB = 512

/** The settings of a client from its row. Throws CallError with what to do, when its config or its secret can't be used. */
export function settingsOfClient(
  { client, secrets }: ClientWithSecrets,
  keys: KeyRing,
): OutsideSettings {
  const { id, name, type, config } = client
  const sealed = secrets[CLIENT_SECRET_KEY]
  let secret: string | undefined
  try {
    const place = clientSecretPlace(id, clientOrigin(type, config))
    secret = sealed === undefined ? undefined : keys.decryptText(sealed, place)
  } catch (cause) {
    throw new CallError(
      'EXECUTION_ERROR',
      `The secret can't be opened. Give it again with \`alkhub clients update ${name} --secret-file FILE\`.`,
      undefined,
      { cause },
    )
  }
  return { ...settingsOfConfig(name, type, config, secret), privateOk: client.privateOk }
}

/** The settings of a config that is not stored, as `clients.test` gets it. */
export function settingsOfConfig(
  name: string,
  type: string,
  config: Readonly<Record<string, unknown>>,
  secret: string | undefined,
): OutsideSettings {
  const known = type === 'openapi' || type === 'mcp-server' ? type : undefined
  if (
    known === undefined ||
    collectErrors(CLIENT_CONFIGS[known], config).length > 0 ||
    reservedHeaders(config).length > 0
  )
    throw new CallError(
      'EXECUTION_ERROR',
      `The config does not fit its type. Change it with \`alkhub clients update ${name} --config-file FILE\`.`,
    )
  const given = config as OpenapiConfig | McpServerConfig
  return {
    name,
    kind: known === 'openapi' ? 'openapi' : 'mcp',
    url: 'baseUrl' in given ? given.baseUrl : given.url,
    ...('baseUrl' in given && { documentUrl: given.documentUrl, document: given.document }),
    headers: given.headers ?? {},
    secret,
    auth: given.auth,
    oauth: given.oauth,
    timeoutMs: given.timeoutMs,
    scopes: given.scopes ?? [],
    include: given.include,
    exclude: given.exclude ?? [],
    pinned: given.pinned ?? false,
    privateOk: false,
  }
}

/** The settings of a server from the configuration of this service. */
export function settingsOfServer(name: string, server: McpServerSetting): OutsideSettings {
  const { command, url } = server
  return {
    name,
    kind: 'mcp',
    url,
    ...(command !== undefined && {
      program: {
        command,
        args: server.args ?? [],
        env: revealed(server.env),
        cwd: server.cwd,
        memoryMiB: server.memoryMiB ?? DEFAULT_MEMORY_MIB,
      },
    }),
    headers: revealed(server.headers),
    secret: server.secret?.reveal(),
    timeoutMs: server.timeoutMs,
    scopes: server.scopes ?? [],
    include: server.include,
    exclude: server.exclude ?? [],
    pinned: server.pinned ?? false,
    privateOk: true,
  }
}

function revealed(
  secrets: Readonly<Record<string, { reveal(): string }>> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets ?? {}).map(([name, value]) => [name, value.reveal()]),
  )
}
