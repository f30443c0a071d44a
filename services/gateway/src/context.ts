import type { Bus } from '@alkdev/bus'
import type { KeyRing } from '@alkdev/crypto'
import { createRateLimiter, StreamLimit } from '@alkdev/service'
import type { KeyAuthenticator, LiveIdentities, RateLimiter, ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { AddressPolicy } from '@alkdev/outbound'
import type { Db } from '@alkdev/storage'
import type { ApiKeyManager } from 'keypal'
import type { Logger } from 'pino'
import { ActiveCalls } from './calls/active-calls.ts'
import { EventFeed } from './events/event-feed.ts'
import { Upstreams } from './forward/upstreams.ts'
import { SocketRelay } from './forward/socket-relay.ts'
import { keepPruning } from './jobs/prune-idempotency-keys.ts'

/** What the gateway's routes and operations work with. */
export interface GatewayContext {
  readonly bus: Bus
  readonly db: Db
  readonly logger: Logger
  readonly keys: ApiKeyManager
  readonly authenticator: KeyAuthenticator
  /** Seals the secrets of clients. */
  readonly keyRing: KeyRing
  /** Which addresses outside services may have. */
  readonly outbound: AddressPolicy
  /** Base URL at which clients reach the gateway, when the config says so. */
  readonly publicUrl: string | undefined
  readonly calls: ActiveCalls
  /** Says whether a key that was checked a while ago is still good. */
  readonly live: LiveIdentities
  /** How many event streams each key may have open. */
  readonly streams: StreamLimit
  /** How many requests each key, account and organization may make. */
  readonly limiter: RateLimiter
  readonly events: EventFeed
  readonly upstreams: Upstreams
  /** Bytes of a body that is passed on to the inference proxy. */
  readonly mostInferenceBytes: number
  readonly relay: SocketRelay
  /** Aborted when draining begins. */
  readonly draining: AbortSignal
}

/** What is said to those whose call or stream outlived the drain budget. */
function stoppedError(): CallError {
  return new CallError('PROVIDER_LOST', 'The hub is draining; the call did not end in time.', {
    outcome: 'unknown',
    reason: 'draining',
  })
}

/** Puts the parts together and ties them to the life of the service. */
export function createContext(runtime: ServiceRuntime<'gateway'>): GatewayContext {
  const { bus, config, logger, metrics } = runtime
  const calls = new ActiveCalls(runtime.live, bus.directory)
  const upstreams = new Upstreams(bus)
  const relay = new SocketRelay(upstreams, logger, {
    instanceId: () => bus.instanceId,
    draining: runtime.draining,
  })
  const events = new EventFeed({
    redis: runtime.redis,
    prefix: config.redis.prefix,
    logger,
    signal: runtime.signal,
  })

  metrics.observe(
    'gauge',
    'alkhub_gateway_calls_active',
    'Calls in flight for clients.',
    () => calls.size,
  )
  metrics.observe(
    'gauge',
    'alkhub_gateway_sockets_relayed',
    'WebSockets passed on.',
    () => relay.size,
  )
  metrics.observe(
    'gauge',
    'alkhub_gateway_event_streams',
    'Open event streams.',
    () => events.readers,
  )

  runtime.signal.addEventListener('abort', () => calls.abortAll(stoppedError()), { once: true })
  runtime.onReady('pruning of idempotency keys', () => {
    void keepPruning(runtime.db, logger, runtime.draining)
  })
  runtime.onDrain('relayed sockets', (signal) => relay.drain(signal))
  runtime.onClose('upstreams', () => upstreams.close())
  runtime.onClose('relayed sockets', () => relay.close())
  runtime.onClose('event feed', () => events.close())

  return {
    bus,
    db: runtime.db,
    logger,
    keys: runtime.keys,
    authenticator: runtime.authenticator,
    keyRing: config.encryptionKeys,
    outbound: new AddressPolicy(config.outbound),
    publicUrl: config.http.publicUrl,
    calls,
    live: runtime.live,
    streams: new StreamLimit(config.limits.maxStreamsPerKey),
    limiter: createRateLimiter(runtime).limiter,
    events,
    upstreams,
    mostInferenceBytes: config.http.maxInferenceBodyBytes,
    relay,
    draining: runtime.draining,
  }
}
