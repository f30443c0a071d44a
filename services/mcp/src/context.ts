import type { ServiceRuntime } from '@alkdev/lifecycle'
import { createEvents } from './events.ts'
import type { McpEvents } from './events.ts'

/** What the MCP server holds. */
export interface McpContext {
  readonly runtime: ServiceRuntime<'mcp'>
  readonly events: McpEvents
}

export function createContext(runtime: ServiceRuntime<'mcp'>): McpContext {
  return { runtime, events: createEvents(runtime) }
}
