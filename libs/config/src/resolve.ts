import { isIP } from 'node:net'
import { SecretError, isRawKey } from '@alkdev/crypto'
import type { KeyRing, Secret } from '@alkdev/crypto'
import { connectionUrl } from './connection-url.ts'
import type { ConfigFailure } from './failure.ts'
import type {
  HubConfig,
  ResolvedHttp,
  ResolvedPostgres,
  ResolvedRedis,
  SectionName,
} from './hub-config.ts'
import { resolveEncryptionKeys } from './resolve-encryption-keys.ts'
import type { BusConfig } from './sections/bus.ts'
import type { HttpConfig } from './sections/http.ts'
import type { OutboundConfig } from './sections/outbound.ts'
import type { PostgresConfig } from './sections/postgres.ts'
import type { RedisConfig } from './sections/redis.ts'
import type { ConfigService } from './services.ts'

export interface ResolveContext {
  readonly service: ConfigService
  /** Folder of the config file. */
  readonly folder: string
  readonly failures: ConfigFailure[]
}

async function postgres(
  fields: PostgresConfig,
  context: ResolveContext,
): Promise<ResolvedPostgres | undefined> {
  const url = await connectionUrl(
    fields,
    {
      section: 'postgres',
      protocols: ['postgres:', 'postgresql:'],
      protocol: 'postgres:',
      path: encodeURIComponent(fields.database),
      needsUser: true,
    },
    context.folder,
    context.failures,
  )
  const { ssl, pooler, maxConnections, connectTimeoutMs, statementTimeoutMs } = fields
  return url && { url, ssl, pooler, maxConnections, connectTimeoutMs, statementTimeoutMs }
}

async function redis(
  fields: RedisConfig,
  context: ResolveContext,
): Promise<ResolvedRedis | undefined> {
  const url = await connectionUrl(
    fields,
    {
      section: 'redis',
      protocols: ['redis:', 'rediss:'],
      protocol: fields.tls ? 'rediss:' : 'redis:',
      path: String(fields.database),
      needsUser: false,
    },
    context.folder,
    context.failures,
  )
  return url && { url, prefix: fields.prefix, connectTimeoutMs: fields.connectTimeoutMs }
}

function http(fields: HttpConfig, context: ResolveContext): ResolvedHttp {
  for (const name of ['advertisedUrl', 'publicUrl'] as const) {
    const url = fields[name]
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
      return postgres(value as PostgresConfig, context)
    case 'redis':
      return redis(value as RedisConfig, context)
    case 'http':
      return http(value as HttpConfig, context)
    case 'bus':
      return bus(value as BusConfig, context)
    case 'encryptionKeys':
      return encryptionKeys(value as Secret, context)
    case 'outbound':
      return outbound(value as OutboundConfig, context)
    default:
      return value as HubConfig[SectionName]
  }
}
