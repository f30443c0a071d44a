export type { Bus } from './bus.ts'
export type {
  BusCallOptions,
  BusSubscription,
  CallResult,
  Collected,
  OpenedCall,
  RunningCall,
} from './call.ts'
export { SPOKE_ATTACHED_AGAIN } from './call-errors.ts'
export { withDeclaredStatus } from './caller/declared-status.ts'
export { COUNTER_NAMES } from './counters.ts'
export type { CounterName } from './counters.ts'
export { createBus } from './create-bus.ts'
export type {
  Directory,
  DirectoryEntry,
  DirectoryFilter,
  DirectoryPage,
  DirectoryProvider,
  Nearest,
  PoolMember,
  ProviderStatus,
  SearchOptions,
} from './directory.ts'
export { isDeparted, isUnavailable } from './directory/departed.ts'
export { fuseRanks } from './directory/fuse-ranks.ts'
export { poolMisfit } from './directory/pool-fit.ts'
export { eventStreamKey } from './events.ts'
export type { InstanceInfo } from './instance-info.ts'
export { readLeases } from './leases/read-leases.ts'
export type { ReadLeasesOptions, ReportedInstance } from './leases/read-leases.ts'
export { DEFAULT_BUS_LIMITS } from './options.ts'
export type { BusLimits, BusLogger, BusOptions } from './options.ts'
export type {
  CallProvider,
  CallSink,
  CallTarget,
  LoadOfSpoke,
  ProvidedCall,
  ResumedCall,
  SpokeAttachment,
  SpokeLoad,
} from './provided-call.ts'
export type { RegistrySource } from './registry-source.ts'
