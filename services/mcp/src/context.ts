import { createRateLimiter, StreamLimit } from '@alkdev/service'
import type { RateLimiter, ServiceRuntime } from '@alkdev/service'
import { createEvents } from './events.ts'
import type { McpEvents } from './events.ts'

/** What the MCP server holds. */
export interface McpContext {
  readonly runtime: ServiceRuntime<'mcp'>
  readonly events: McpEvents
  /** How many requests each key, account and organization may make. */
  readonly limiter: RateLimiter
  /** `subscriptions/listen`, and calls that collect the items of a subscription. */
  readonly streams: StreamLimit
}

export function createContext(runtime: ServiceRuntime<'mcp'>): McpContext {
  const streams = new StreamLimit(runtime.config.limits.maxStreamsPerKey)
  return { runtime, events: createEvents(runtime), limiter: createRateLimiter(runtime), streams }
}
