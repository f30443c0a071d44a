import { logUnexpected, METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { LineLimit } from '@alkdev/std'

/** Lines a second about refused requests: a client can send any number of them. */
const REFUSED_LINES = 5

/** What an operator should hear of MCP clients. Never throws. */
export interface McpEvents {
  toolCalled(tool: string, ok: boolean): void
  /** Logged when the error is unexpected and was not logged as that of a call. */
  toolFailed(tool: string | undefined, error: unknown): void
  protocolError(error: Error): void
}

export function createEvents(runtime: ServiceRuntime<'mcp'>): McpEvents {
  const { logger, metrics } = runtime
  const refusedLines = new LineLimit(REFUSED_LINES)
  return {
    toolCalled: (tool, ok) =>
      metrics.counter(METRICS.mcpToolCalls, tool, ok ? 'ok' : 'error').inc(),
    toolFailed: (tool, error) =>
      logUnexpected(logger, error, { operation: tool, requestId: undefined }),
    protocolError: ({ message }) => {
      const leftOut = refusedLines.take()
      if (leftOut !== undefined)
        logger.info({ what: message, leftOut }, 'an MCP request was refused')
    },
  }
}
