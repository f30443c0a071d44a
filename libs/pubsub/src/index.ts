export { createPubSub } from './create-pubsub.ts'
export type { PubSub, PubSubConfig, SubscribeOptions, Subscription } from './create-pubsub.ts'
export { createInProcessEventTarget } from './event-target-in-process.ts'
export type {
  InProcessEventTarget,
  InProcessEventTargetOptions,
} from './event-target-in-process.ts'
export { createRedisEventTarget } from './event-target-redis.ts'
export type {
  CreateRedisEventTargetArgs,
  EnvelopeSerializer,
  RedisEventTarget,
  RedisPublishClient,
  RedisSubscribeClient,
} from './event-target-redis.ts'
export { batch } from './operators/batch.ts'
export type { BatchOptions } from './operators/batch.ts'
export { chain } from './operators/chain.ts'
export { dedupe } from './operators/dedupe.ts'
export type { DedupeOptions } from './operators/dedupe.ts'
export { filter } from './operators/filter.ts'
export { flat } from './operators/flat.ts'
export type { Flat } from './operators/flat.ts'
export { groupBy } from './operators/group-by.ts'
export type { GroupByOptions } from './operators/group-by.ts'
export { join } from './operators/join.ts'
export { map } from './operators/map.ts'
export { pipe } from './operators/pipe.ts'
export { reduce } from './operators/reduce.ts'
export { take } from './operators/take.ts'
export { toArray } from './operators/to-array.ts'
export type { ToArrayOptions } from './operators/to-array.ts'
export { window } from './operators/window.ts'
export type { WindowOptions } from './operators/window.ts'
export type { ConsumeOptions } from './operators/consume.ts'
export { Repeater, RepeaterOverflowError } from './repeater.ts'
export type { OverflowPolicy, Push, RepeaterExecutor, RepeaterOptions, Stop } from './repeater.ts'
export { topicOf } from './topic.ts'
export type {
  EnvelopeOf,
  EventEnvelope,
  EventType,
  FaultContext,
  FaultHandler,
  FaultKind,
  ListenerOptions,
  PubSubEventMap,
  TransportEventTarget,
  TypedEvent,
  TypedEventListener,
  TypedEventListenerObject,
  TypedEventListenerOrEventListenerObject,
  TypedEventTarget,
} from './types.ts'
