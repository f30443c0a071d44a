import type { ServiceConfig } from '@alkdev/config'
import { startService } from '@alkdev/service'
import type { RunningService, StartOverrides } from '@alkdev/service'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'

/** The OpenAI-compatible front of the model providers, whose keys never leave it. */
export function createInferenceProxy(
  config: ServiceConfig<'inference-proxy'>,
  signal: AbortSignal,
  overrides?: StartOverrides,
): Promise<RunningService> {
  return startService({
    name: 'inference-proxy',
    config,
    signal,
    overrides,
    rawErrorShape: 'openai',
    build: (runtime) => buildApp(createContext(runtime)),
  })
}
