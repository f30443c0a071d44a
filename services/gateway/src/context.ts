import { createRateLimiter, METRICS, StreamLimit } from '@alkdev/service'
import type { RateLimiter, ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { clientAddress } from '@alkdev/http'
import { AddressPolicy } from '@alkdev/outbound'
import { ActiveCalls } from './calls/active-calls.ts'
import { createEvents } from './events.ts'
import type { GatewayEvents } from './events.ts'
import { EventFeed } from './events/event-feed.ts'
import { SocketRelay } from './forward/socket-relay.ts'
import { Upstreams } from './forward/upstreams.ts'

/** The shared dependencies of the gateway's routes, operations and jobs. */
export interface GatewayContext {
  readonly runtime: ServiceRuntime<'gateway'>
  readonly events: GatewayEvents
  /** How many requests each key, account and organization may make. */
  readonly limiter: RateLimiter
  /** How many event streams each key may have open. */
  readonly streams: StreamLimit
  /** The addresses that outside services may have. */
  readonly outbound: AddressPolicy
  readonly calls: ActiveCalls
  /** The hub's events, for `GET /api/events`. */
  readonly feed: EventFeed
  readonly upstreams: Upstreams
  readonly relay: SocketRelay
}

/** The error of calls and streams that did not end within the drain time. */
function stoppedError(): CallError {
  return new CallError('PROVIDER_LOST', 'The hub is draining; the call did not end in time.', {
    outcome: 'unknown',
    reason: 'draining',
  })
}

/** Creates the parts and closes them with the service. */
export function createContext(runtime: ServiceRuntime<'gateway'>): GatewayContext {
  const { bus, config } = runtime
  const events = createEvents(runtime)
  const calls = new ActiveCalls(runtime.live, bus)
  const upstreams = new Upstreams(bus)
  const relay = new SocketRelay(upstreams, {
    instanceId: () => bus.instanceId,
    draining: runtime.draining,
    clientAddress: clientAddress(config.http.trustedProxies),
    onError: (error) => events.relayedSocketFailed(error),
  })
  const feed = new EventFeed({
    redis: runtime.redis,
    prefix: config.redis.prefix,
    onError: (error) => events.feedFailed(error),
  })
  measure(runtime, { calls, relay, feed })
  runtime.signal.addEventListener('abort', () => calls.abortAll(stoppedError()), { once: true })
  runtime.onDrain('relayed sockets', (signal) => relay.drain(signal))
  runtime.onClose('upstreams', () => upstreams.close())
  runtime.onClose('relayed sockets', () => relay.close())
  runtime.onClose('event feed', () => feed.close())
  return {
    runtime,
    events,
    limiter: createRateLimiter(runtime),
    streams: new StreamLimit(config.limits.maxStreamsPerKey),
    outbound: new AddressPolicy(config.outbound),
    calls,
    feed,
    upstreams,
    relay,
  }
}

function measure(
  { metrics }: ServiceRuntime<'gateway'>,
  { calls, relay, feed }: Pick<GatewayContext, 'calls' | 'relay' | 'feed'>,
): void {
  metrics.collect(METRICS.gatewayCalls, () => calls.size)
  metrics.collect(METRICS.gatewayRelayedSockets, () => relay.size)
  metrics.collect(METRICS.gatewayEventStreams, () => feed.readers)
}
