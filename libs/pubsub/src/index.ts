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
