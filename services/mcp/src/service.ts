import type { ServiceConfig } from '@alkdev/config'
import { startService } from '@alkdev/service'
import type { RunningService, StartOverrides } from '@alkdev/service'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'

/** The MCP server: five tools with which an agent finds and calls any operation. */
export function createMcpService(
  config: ServiceConfig<'mcp'>,
  signal: AbortSignal,
  overrides?: StartOverrides,
): Promise<RunningService> {
  return startService({
    name: 'mcp',
    config,
    signal,
    overrides,
    build: (runtime) => buildApp(createContext(runtime)),
  })
}
