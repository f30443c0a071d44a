export {
  createRedisConnection,
  createSubscriber,
  duplicateConnection,
  duplicateSubscriber,
  openConnection,
  primariesOf,
  publishTo,
  subscribeWhenReady,
} from './redis-connection.ts'
export type { RedisConnection, RedisConnectionOptions } from './redis-connection.ts'
export { groupPrefix, keyBesideChannel } from './key-groups.ts'
export type { MaybeCluster } from './key-groups.ts'
export { keySlot } from './key-slot.ts'
export { redisUrlOf } from './redis-address.ts'
export type { RedisAddress, RedisNode, RedisSentinels, RedisTls } from './redis-address.ts'
export type { RedisPurpose } from './redis-purpose.ts'
export type { RedisSubscriber } from './redis-subscriber.ts'
export { writeTogether } from './write-together.ts'
export type { WithSocket } from './write-together.ts'
