export {
  configPaths,
  CONFIG_PATH_VARIABLE,
  DEFAULT_MASTER_KEY_PATH,
  MASTER_KEY_PATH_VARIABLE,
} from './environment.ts'
export type { ConfigPaths } from './environment.ts'
export { failureLine } from './failure.ts'
export type { ConfigFailure } from './failure.ts'
export { configSections, isSectionName } from './hub-config.ts'
export type {
  HubConfig,
  ResolvedHttp,
  ResolvedPostgres,
  ResolvedRedis,
  ServerNode,
  SectionName,
} from './hub-config.ts'
export { checkConfig, loadConfig } from './load-config.ts'
export type { CheckedConfig, LoadConfigInput } from './load-config.ts'
export { readMasterKey } from './master-key-file.ts'
export { resolveEncryptionKeys } from './resolve-encryption-keys.ts'
export type { BusConfig } from './sections/bus.ts'
export type { HttpConfig } from './sections/http.ts'
export type { InferenceConfig } from './sections/inference.ts'
export type { LimitsConfig } from './sections/limits.ts'
export type { LoggingConfig } from './sections/logging.ts'
export type { McpOauthConfig } from './sections/mcp-oauth.ts'
export type { McpServerSetting, McpServersConfig } from './sections/mcp-servers.ts'
export type { OutboundConfig } from './sections/outbound.ts'
export type { PostgresConfig } from './sections/postgres.ts'
export type { RedisConfig } from './sections/redis.ts'
export type { RetentionConfig } from './sections/retention.ts'
export type { SearchConfig } from './sections/search.ts'
export type { SessionsConfig } from './sections/sessions.ts'
export type { SpokesConfig } from './sections/spokes.ts'
export { traceHeaders } from './sections/telemetry.ts'
export type { TelemetryConfig, TracesConfig } from './sections/telemetry.ts'
export { configServices, serviceSections } from './services.ts'
export type { ConfigService, ServiceConfig } from './services.ts'
export { serviceNodeArgs, serviceNodeEnv } from './service-node-args.ts'
export {
  MASTER_KEY_FILE,
  ensureMasterKey,
  serviceConfigFile,
  writeServiceConfigs,
} from './write-service-configs.ts'
export type {
  ServicePorts,
  WriteServiceConfigsInput,
  WrittenConfigs,
} from './write-service-configs.ts'
export { encryptValue, getValue, setValue, unsetValue } from './edit-config.ts'
export type { ConfigTarget } from './edit-config.ts'
export type { EncryptedValue } from './encrypted-values.ts'
export {
  POSTGRES_PASSWORD_FILE,
  REDIS_ACL_FILE,
  REDIS_PASSWORD_FILE,
  initConfig,
  initFiles,
  redisAcl,
} from './init-config.ts'
export type { InitConfigInput, InitConfigResult, ServerAddress } from './init-config.ts'
export { configFilesIn, rotateMaster } from './rotate-master.ts'
export type { RotateMasterInput, RotateMasterResult } from './rotate-master.ts'
export { plainSecrets } from './plain-secrets.ts'
