/** A connection that subscribes to channels; on a Redis Cluster those are sharded. */
export interface RedisSubscriber {
  /** `wait`, `connecting`, `ready`, `reconnecting` or `end`, and those of ioredis. */
  readonly status: string
  connect(): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  /** `message` (channel, text), `ready`, `close`, `error` and `end`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- listeners of different events take different arguments
  on(event: string, listener: (...args: any[]) => void): unknown
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  off(event: string, listener: (...args: any[]) => void): unknown
  /** With `reconnect` the connections are replaced; without, they are closed permanently. */
  disconnect(reconnect?: boolean): void
}
