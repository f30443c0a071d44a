import type { ServiceConfig } from '@alkdev/config'
import { startService } from '@alkdev/service'
import type { RunningService, StartOverrides } from '@alkdev/service'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'

/** The public HTTP entry point. Aborting the signal drains and closes it. */
export function createGateway(
  config: ServiceConfig<'gateway'>,
  signal: AbortSignal,
  overrides?: StartOverrides,
): Promise<RunningService> {
  return startService({
    name: 'gateway',
    config,
    signal,
    overrides,
    build: (runtime) => buildApp(createContext(runtime)),
  })
}
