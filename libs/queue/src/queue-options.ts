import type { RedisOptions } from 'ioredis'

/** Where Redis is: a URL (`redis://user:password@host:port/db`) or ioredis options. */
export type QueueRedis = { readonly url: string } | { readonly options: RedisOptions }

/** The part of a logger that the queues use; pino's has it. */
export interface QueueLogger {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface QueueConnectionOptions {
  readonly redis: QueueRedis
  /** Separates deployments that share a Redis; BullMQ's own prefix is `<prefix>:queue`. */
  readonly prefix: string
  readonly logger?: QueueLogger
}
