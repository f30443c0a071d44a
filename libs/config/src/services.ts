import type { HubConfig, SectionName } from './hub-config.ts'

const common = [
  'logging',
  'http',
  'postgres',
  'redis',
  'bus',
  'spokes',
  'retention',
  'limits',
  'search',
  'telemetry',
] as const

/** Which sections a process reads. It never sees the others, even when they are in its file. */
export const serviceSections = {
  gateway: [...common, 'encryptionKeys', 'outbound'],
  'spoke-broker': [...common],
  coordinator: [
    ...common,
    'encryptionKeys',
    'outbound',
    'sessions',
    'queue',
    'webhooks',
    'workflows',
  ],
  'inference-proxy': [...common, 'encryptionKeys', 'inference', 'outbound'],
  mcp: [...common, 'encryptionKeys', 'mcpServers', 'mcpNative', 'mcpOauth', 'outbound'],
  migrate: ['logging', 'postgres'],
} as const satisfies Record<string, readonly SectionName[]>

export type ConfigService = keyof typeof serviceSections

/** The configuration of one service: the sections that it uses and no others. */
export type ServiceConfig<S extends ConfigService> = Pick<
  HubConfig,
  (typeof serviceSections)[S][number]
>

export const configServices = Object.keys(serviceSections) as ConfigService[]
