import type { Server, ServerContext } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import type { Caller } from '../protocol/caller.ts'
import type { Rounds } from '../protocol/rounds.ts'
import type { McpHub } from '../tools/call-operation.ts'
import type { Catalog } from './catalog.ts'
import type { SessionLogs } from './session-logs.ts'
import type { SessionWatches } from './session-watches.ts'

/** What requests of the native catalog share. */
export type NativeHub = McpHub & {
  readonly context: McpContext
  readonly rounds: Rounds
  readonly logs: SessionLogs
  readonly watches: SessionWatches
}

/** One request, and what its caller sees. */
export interface NativeRequest {
  readonly server: Server
  readonly ctx: ServerContext
  readonly caller: Caller
  readonly catalog: Catalog
}
