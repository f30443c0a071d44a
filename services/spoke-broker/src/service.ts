import type { ServiceConfig } from '@alkdev/config'
import { startService } from '@alkdev/service'
import type { RunningService, StartOverrides } from '@alkdev/service'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'

/** The WebSocket server of spokes and clients: attaches them, registers their operations, routes calls to them. */
export function createSpokeBroker(
  config: ServiceConfig<'spoke-broker'>,
  signal: AbortSignal,
  overrides?: StartOverrides,
): Promise<RunningService> {
  return startService({
    name: 'spoke-broker',
    config,
    signal,
    overrides,
    build: (runtime) => buildApp(createContext(runtime)),
  })
}
