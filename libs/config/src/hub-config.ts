import type { KeyRing, Secret } from '@alkdev/crypto'
import type { TSchema } from '@alkdev/typebox'
import { BusConfig } from './sections/bus.ts'
import { EncryptionKeysConfig } from './sections/encryption-keys.ts'
import { HttpConfig } from './sections/http.ts'
import { InferenceConfig } from './sections/inference.ts'
import { LimitsConfig } from './sections/limits.ts'
import { LoggingConfig } from './sections/logging.ts'
import { McpNativeConfig } from './sections/mcp-native.ts'
import { McpOauthConfig } from './sections/mcp-oauth.ts'
import { McpServersConfig } from './sections/mcp-servers.ts'
import { OutboundConfig } from './sections/outbound.ts'
import { PostgresConfig } from './sections/postgres.ts'
import { QueueConfig } from './sections/queue.ts'
import { RedisConfig } from './sections/redis.ts'
import { RetentionConfig } from './sections/retention.ts'
import { SearchConfig } from './sections/search.ts'
import { SessionsConfig } from './sections/sessions.ts'
import { SpokesConfig } from './sections/spokes.ts'
import { TelemetryConfig } from './sections/telemetry.ts'
import type { TlsCertificates } from './tls-files.ts'
import { WebhooksConfig } from './sections/webhooks.ts'
import { WorkflowsConfig } from './sections/workflows.ts'

/** The schema of each section as it lies in a file. */
export const configSections = {
  logging: LoggingConfig,
  http: HttpConfig,
  postgres: PostgresConfig,
  redis: RedisConfig,
  bus: BusConfig,
  encryptionKeys: EncryptionKeysConfig,
  spokes: SpokesConfig,
  inference: InferenceConfig,
  sessions: SessionsConfig,
  queue: QueueConfig,
  webhooks: WebhooksConfig,
  workflows: WorkflowsConfig,
  retention: RetentionConfig,
  limits: LimitsConfig,
  search: SearchConfig,
  mcpServers: McpServersConfig,
  mcpNative: McpNativeConfig,
  mcpOauth: McpOauthConfig,
  outbound: OutboundConfig,
  telemetry: TelemetryConfig,
} as const satisfies Record<string, TSchema>

export type SectionName = keyof typeof configSections

export function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(configSections, name)
}

/** The database, however the file says it. */
export interface ResolvedPostgres {
  readonly url: Secret
  readonly ssl: boolean
  /** Of `ssl`, where the file names some. */
  readonly tls?: TlsCertificates
  readonly pooler: boolean
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
}

export interface ServerNode {
  readonly host: string
  readonly port: number
}

export interface ResolvedSentinels {
  readonly nodes: readonly ServerNode[]
  readonly name: string
  readonly user?: string
  readonly password?: Secret
  readonly tls: boolean
}

/** Redis, however the file says it. At most one of `sentinel` and `cluster` is there; then the host of `url` is the first node. */
export interface ResolvedRedis {
  readonly url: Secret
  readonly tls?: TlsCertificates
  readonly sentinel?: ResolvedSentinels
  readonly cluster?: readonly ServerNode[]
  readonly prefix: string
  readonly connectTimeoutMs: number
}

/** `http` with the port of the service that it was loaded for. */
export interface ResolvedHttp extends HttpConfig {
  readonly port: number
}

/** A whole loaded configuration: validated, defaults filled in, secrets opened and wrapped. */
export interface HubConfig {
  readonly logging: LoggingConfig
  readonly http: ResolvedHttp
  readonly postgres: ResolvedPostgres
  readonly redis: ResolvedRedis
  readonly bus: BusConfig
  readonly encryptionKeys: KeyRing
  readonly spokes: SpokesConfig
  readonly inference: InferenceConfig
  readonly sessions: SessionsConfig
  readonly queue: QueueConfig
  readonly webhooks: WebhooksConfig
  readonly workflows: WorkflowsConfig
  readonly retention: RetentionConfig
  readonly limits: LimitsConfig
  readonly search: SearchConfig
  readonly mcpServers: McpServersConfig
  readonly mcpNative: McpNativeConfig
  readonly mcpOauth: McpOauthConfig
  readonly outbound: OutboundConfig
  readonly telemetry: TelemetryConfig
}
