import type { ServiceConfig } from '@alkdev/config'
import { startService } from '@alkdev/service'
import type { RunningService, StartOverrides } from '@alkdev/service'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'

/** The service for projects, tasks and queued calls. */
export function createCoordinator(
  config: ServiceConfig<'coordinator'>,
  signal: AbortSignal,
  overrides?: StartOverrides,
): Promise<RunningService> {
  return startService({
    name: 'coordinator',
    config,
    signal,
    overrides,
    build: (runtime) => buildApp(createContext(runtime)),
  })
}
