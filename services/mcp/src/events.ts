import type { ServiceRuntime } from '@alkdev/lifecycle'

/** What an operator should hear of MCP clients. Never throws. */
export interface McpEvents {
  toolCalled(tool: string, ok: boolean): void
  protocolError(error: Error): void
}

export function createEvents(runtime: ServiceRuntime<'mcp'>): McpEvents {
  const { logger, metrics } = runtime
  const calls = metrics.counter('alkhub_mcp_tool_calls_total', 'Calls of the MCP tools.')
  return {
    toolCalled: (tool, ok) => calls.inc(1, { tool, result: ok ? 'ok' : 'error' }),
    protocolError: (error) => logger.info({ err: error }, 'an MCP request was refused'),
  }
}
