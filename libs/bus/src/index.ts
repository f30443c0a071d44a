export { createBus } from './bus.ts'
export { COUNTER_NAMES } from './counters.ts'
export type { CounterName } from './counters.ts'
export { withDeclaredStatus } from './caller/declared-status.ts'
export { poolMisfit } from './directory/pool-fit.ts'
export { eventStreamKey } from './events.ts'
export { readLeases } from './leases/read-leases.ts'
export type { ReadLeasesOptions, ReportedInstance } from './leases/read-leases.ts'
export { DEFAULT_BUS_LIMITS } from './options.ts'
export type { BusLimits, BusLogger, BusOptions, RedisAddress } from './options.ts'
export type {
  Actor,
  Bus,
  BusCallOptions,
  BusSubscription,
  CallProvider,
  CallRecord,
  CallResult,
  CallSink,
  CallTarget,
  CallTiming,
  Directory,
  DirectoryEntry,
  DirectoryFilter,
  DirectoryPage,
  DirectoryProvider,
  InstanceInfo,
  PoolMember,
  ProvidedCall,
  ProviderStatus,
  RegistryOperation,
  RegistrySnapshot,
  RegistrySource,
  RegistrySpoke,
  ResumedCall,
  RunningCall,
  ServiceName,
} from './types.ts'
