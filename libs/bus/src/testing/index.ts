export { cuttableRedis } from './cuttable-redis.ts'
export type { CuttableRedis } from './cuttable-redis.ts'
export { eventually } from './eventually.ts'
export {
  alice,
  bob,
  BUS_KEY,
  contractsOf,
  freshPrefix,
  registryOf,
  spec,
  spokeOf,
  startedBus,
  testBus,
} from './harness.ts'
export type { TestBus, TestBusOptions } from './harness.ts'
export { MemorySource } from './memory-source.ts'
export { startOwnRedis } from './own-redis.ts'
export type { OwnRedis } from './own-redis.ts'
