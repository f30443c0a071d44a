import { isIP } from 'node:net'
import { SecretError, isRawKey } from '@alkdev/crypto'
import type { KeyRing, Secret } from '@alkdev/crypto'
import type { HubConfig, ResolvedHttp, SectionName } from './hub-config.ts'
import type { ResolveContext } from './resolve-context.ts'
import { resolveEncryptionKeys } from './resolve-encryption-keys.ts'
import { resolvePostgres } from './resolve-postgres.ts'
import { resolveRedis } from './resolve-redis.ts'
import type { BusConfig } from './sections/bus.ts'
import type { HttpConfig } from './sections/http.ts'
import { mcpOauthFailures } from './sections/mcp-oauth.ts'
import type { McpOauthConfig } from './sections/mcp-oauth.ts'
import type { McpServersConfig } from './sections/mcp-servers.ts'
import type { OutboundConfig } from './sections/outbound.ts'
import type { PostgresConfig } from './sections/postgres.ts'
import type { RedisConfig } from './sections/redis.ts'
import { searchFailures } from './sections/search.ts'
import { telemetryFailures } from './sections/telemetry.ts'
import type { TelemetryConfig } from './sections/telemetry.ts'
import type { SearchConfig } from './sections/search.ts'

function http(fields: HttpConfig, context: ResolveContext): ResolvedHttp {
  for (const name of ['advertisedUrl', 'publicUrl'] as const) {
    const given = fields[name]
    // The service puts its own address and port there.
    const url =
      name === 'advertisedUrl'
        ? given?.replaceAll('{address}', '192.0.2.1').replaceAll('{port}', '3000')
        : given
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      context.failures.push({
        path: `http.${name}`,
        expected: 'expected a URL that begins with http:// or https://',
      })
  }
  for (const name of ['maxBodyBytes', 'maxInferenceBodyBytes'] as const)
    if (fields[name] > fields.maxHeldBodyBytes)
      context.failures.push({
        path: 'http.maxHeldBodyBytes',
        expected: `expected at least ${fields[name]}, which one body may have by http.${name}`,
      })
  return { ...fields, port: context.service === 'migrate' ? 0 : fields.ports[context.service] }
}

function bus(fields: BusConfig, { failures }: ResolveContext): BusConfig {
  for (const name of ['key', 'previousKey'] as const) {
    const key = fields[name]
    if (key !== undefined && !isRawKey(key.reveal()))
      failures.push({
        path: `bus.${name}`,
        expected: 'expected 32 bytes as base64 (44 characters)',
      })
  }
  return fields
}

async function encryptionKeys(
  text: Secret,
  { failures }: ResolveContext,
): Promise<KeyRing | undefined> {
  try {
    return await resolveEncryptionKeys(text)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    failures.push({ path: 'encryptionKeys', expected: error.why })
    return undefined
  }
}

function outbound(fields: OutboundConfig, { failures }: ResolveContext): OutboundConfig {
  for (const [index, network] of fields.allow.entries())
    if (!isNetwork(network))
      failures.push({
        path: `outbound.allow.${index}`,
        expected: 'expected an address, or a network such as 10.20.0.0/16 or fd00::/8',
      })
  return fields
}

function mcpServers(servers: McpServersConfig, { failures }: ResolveContext): McpServersConfig {
  for (const [name, { url, command }] of Object.entries(servers)) {
    if ((url === undefined) === (command === undefined))
      failures.push({ path: `mcpServers.${name}`, expected: 'expected either url or command' })
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      failures.push({
        path: `mcpServers.${name}.url`,
        expected: 'expected a URL that begins with http:// or https://',
      })
  }
  return servers
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]*)(?:\/([0-9]{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family === 0 || address.includes('%')) return false
  return bits === undefined || Number(bits) <= (family === 4 ? 32 : 128)
}

/** What a valid section becomes in the loaded config; checks that a schema can't say go to `context.failures`. */
export async function resolveSection(
  name: SectionName,
  value: unknown,
  context: ResolveContext,
): Promise<HubConfig[SectionName] | undefined> {
  switch (name) {
    case 'postgres':
      return resolvePostgres(value as PostgresConfig, context)
    case 'redis':
      return resolveRedis(value as RedisConfig, context)
    case 'http':
      return http(value as HttpConfig, context)
    case 'bus':
      return bus(value as BusConfig, context)
    case 'encryptionKeys':
      return encryptionKeys(value as Secret, context)
    case 'outbound':
      return outbound(value as OutboundConfig, context)
    case 'mcpServers':
      return mcpServers(value as McpServersConfig, context)
    case 'mcpOauth':
      context.failures.push(...mcpOauthFailures(value as McpOauthConfig))
      return value as McpOauthConfig
    case 'search':
      context.failures.push(...searchFailures(value as SearchConfig))
      return value as SearchConfig
    case 'telemetry':
      context.failures.push(...telemetryFailures(value as TelemetryConfig))
      return value as TelemetryConfig
    default:
      return value as HubConfig[SectionName]
  }
}
