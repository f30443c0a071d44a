import { createRateLimiter } from '@alkdev/service'
import type { RateLimiter, ServiceRuntime } from '@alkdev/service'
import { AddressPolicy, createOutboundAgent } from '@alkdev/outbound'
import type { Agent } from 'undici'
import { createEvents } from './events.ts'
import type { ProxyEvents } from './events.ts'
import { InFlight } from './relay/in-flight.ts'
import { ModelList } from './providers/list-models.ts'
import { ProviderDirectory } from './providers/provider-directory.ts'

/** What the proxy holds. */
export interface ProxyContext {
  readonly runtime: ServiceRuntime<'inference-proxy'>
  readonly events: ProxyEvents
  /** How many requests each key, account and organization may make. */
  readonly limiter: RateLimiter
  readonly providers: ProviderDirectory
  /** What the providers offer. */
  readonly models: ModelList
  /** Connections to providers. */
  readonly agent: Agent
  /** Requests of each key that run now. */
  readonly keyPlaces: InFlight
  /** Requests to each provider that run now. */
  readonly providerPlaces: InFlight
}

export function createContext(runtime: ServiceRuntime<'inference-proxy'>): ProxyContext {
  const { inference, encryptionKeys, outbound } = runtime.config
  const agent = createOutboundAgent(new AddressPolicy(outbound), {
    connectTimeoutMs: inference.connectTimeoutMs,
    headersTimeoutMs: inference.firstByteTimeoutMs,
    bodyTimeoutMs: inference.streamIdleTimeoutMs,
  })
  runtime.onClose('connections to providers', () => agent.destroy())
  const providers = new ProviderDirectory(runtime.db, encryptionKeys, runtime.logger)
  return {
    runtime,
    events: createEvents(runtime),
    limiter: createRateLimiter(runtime),
    providers,
    models: new ModelList(agent),
    agent,
    keyPlaces: new InFlight(inference.maxInFlightPerKey),
    providerPlaces: new InFlight(inference.maxInFlightPerProvider),
  }
}
