import { createMcpHandler } from '@modelcontextprotocol/server'
import type { McpHttpHandler, Server, ServerEventBus } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import { callerOfRequest } from './caller.ts'
import type { Caller } from './caller.ts'

/** Streams of changes of one process. Each key has a limit of its own; the default of the SDK is what ten keys may open. */
const MAX_STREAMS = 10_000

export interface HandlerOptions {
  /** `auto` answers with one JSON body unless a message precedes the answer; `sse` always answers with a stream, which comments keep open. */
  readonly responseMode: 'auto' | 'sse'
  /** What `subscriptions/listen` reports. Default: nothing. */
  readonly changes?: ServerEventBus
}

/** The protocol side of an address in 2026-07-28: one server per request, without state between requests. Older revisions are refused. */
export function createHandler(
  context: Pick<McpContext, 'events' | 'runtime'>,
  serverFor: (caller: Caller) => Server,
  { responseMode, changes }: HandlerOptions,
): McpHttpHandler {
  return createMcpHandler(({ authInfo }) => serverFor(callerOfRequest(authInfo)), {
    legacy: 'reject',
    onerror: (error) => context.events.protocolError(error),
    responseMode,
    maxSubscriptions: MAX_STREAMS,
    maxRequestBodySize: context.runtime.config.http.maxBodyBytes,
    ...(changes !== undefined && { bus: changes }),
  })
}
