import type { ServiceRuntime } from '@alkdev/lifecycle'
import { Agent } from 'undici'
import { createEvents } from './events.ts'
import type { ProxyEvents } from './events.ts'
import { ProviderDirectory } from './providers/provider-directory.ts'

/** What the proxy holds. */
export interface ProxyContext {
  readonly runtime: ServiceRuntime<'inference-proxy'>
  readonly events: ProxyEvents
  readonly providers: ProviderDirectory
  /** Connections to providers. */
  readonly agent: Agent
}

export function createContext(runtime: ServiceRuntime<'inference-proxy'>): ProxyContext {
  const { inference, encryptionKeys } = runtime.config
  const agent = new Agent({
    connect: { timeout: inference.connectTimeoutMs },
    headersTimeout: inference.firstByteTimeoutMs,
    bodyTimeout: inference.streamIdleTimeoutMs,
    connections: inference.maxInFlightPerProvider,
    pipelining: 1,
  })
  runtime.onClose('connections to providers', () => agent.destroy())
  const providers = new ProviderDirectory(runtime.db, encryptionKeys, runtime.logger)
  return { runtime, events: createEvents(runtime), providers, agent }
}
