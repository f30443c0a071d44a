import type { RedisAddress } from '@alkdev/redis'

/** The part of a logger that the queues use; pino's has it. */
export interface QueueLogger {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface QueueConnectionOptions {
  readonly redis: RedisAddress
  /** Separates deployments that share a Redis; BullMQ's own prefix is `<prefix>:queue`, in braces on a Redis Cluster. */
  readonly prefix: string
  readonly logger?: QueueLogger
}
