import { createBus } from '@alkdev/bus'
import type { Bus } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { createHttpApp, HEALTH_ROUTES } from '@alkdev/http'
import type { ErrorShape, HealthPort, HttpApp } from '@alkdev/http'
import type { Foundation } from './foundation.ts'
import { registrySource } from './hub-store.ts'
import { SECONDS } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import type { CommonConfig } from './service-runtime.ts'

export interface BusInput {
  readonly name: ServiceName
  readonly config: CommonConfig
  readonly foundation: Foundation
  readonly url: string
  /** Of the key ring, for services that have one. */
  readonly keyVersions?: readonly number[] | undefined
  readonly onRejoined: (instanceId: string, formerId: string) => void
}

/** The bus of the process, not started yet. */
export function openBus(input: BusInput): Bus {
  const { config, foundation } = input
  const { bus, limits, redis, retention, spokes } = config
  const keys = [bus.key, ...(bus.previousKey === undefined ? [] : [bus.previousKey])]
  return createBus({
    redis: { url: redis.url.reveal() },
    prefix: redis.prefix,
    busKey: keys.map((key) => key.reveal()),
    service: input.name,
    instanceUrl: input.url,
    contracts: SERVICE_OPERATIONS,
    source: registrySource(foundation.db),
    ...(input.keyVersions && { keyVersions: input.keyVersions }),
    onCallEnded: (record) => foundation.recorder.record(record),
    onRejoined: input.onRejoined,
    logger: foundation.logger,
    limits: {
      callTimeoutMs: limits.callTimeoutMs,
      maxCallTimeoutMs: limits.maxCallTimeoutMs,
      subscriptionIdleTimeoutMs: limits.subscriptionIdleTimeoutMs,
      maxCallDepth: limits.maxCallDepth,
      maxPayloadBytes: limits.maxPayloadBytes,
      maxMessageBytes: bus.inlineMessageBytes,
      maxProvided: limits.maxInFlight,
      suspendedMs: spokes.suspendedMs,
      maxEvents: retention.events,
    },
  })
}

/** What the bus counts, as metrics. */
export function addBusMetrics(metrics: Metrics, bus: Bus): void {
  metrics.observe('counter', 'alkhub_bus_total', 'What the bus counted.', () => bus.counters)
  metrics.observe(
    'gauge',
    'alkhub_registry_change',
    'Registry change applied last.',
    () => bus.directory.change,
  )
}

export interface AppInput {
  readonly config: CommonConfig
  readonly foundation: Foundation
  readonly health: HealthPort
  /** False until the start is done. */
  readonly accepts: () => boolean
  /** The shape of answers to bytes that are no HTTP request. Default: a problem. */
  readonly rawErrorShape?: ErrorShape
}

/** The HTTP app of the process, without the service's routes. Until the start is done it answers for its health only. */
export function openApp(input: AppInput): HttpApp {
  const { config, foundation, health, accepts, rawErrorShape } = input
  const { http, limits } = config
  const durations = foundation.metrics.histogram(
    'alkhub_http_request_duration_seconds',
    'Duration of HTTP requests, by route.',
    SECONDS,
  )
  const app = createHttpApp({
    logger: foundation.logger,
    health,
    maxBodyBytes: Math.min(http.maxBodyBytes, limits.maxPayloadBytes),
    maxHeldBodyBytes: http.maxHeldBodyBytes,
    headersTimeoutMs: http.headersTimeoutMs,
    requestTimeoutMs: http.bodyTimeoutMs,
    bodyIdleTimeoutMs: http.bodyIdleTimeoutMs,
    keepAliveTimeoutMs: http.keepAliveTimeoutMs,
    trustedProxies: http.trustedProxies,
    cors: http.cors,
    ...(rawErrorShape && { rawErrorShape }),
    observe: ({ method, route, status, durationMs }) =>
      durations.observe(durationMs / 1000, { method, route, status }),
  })
  foundation.metrics.observe(
    'gauge',
    'alkhub_http_requests_active',
    'Requests being answered.',
    () => app.httpState.active,
  )
  foundation.metrics.observe(
    'gauge',
    'alkhub_http_body_bytes_held',
    'Bytes of the request bodies that are held.',
    () => app.heldBodies.bytes,
  )
  app.addHook('onRequest', (request, _reply, next) => {
    if (accepts() || HEALTH_ROUTES.has(request.routeOptions.url ?? '')) next()
    else next(new CodedError('UNAVAILABLE', 'This instance is starting; ask again.'))
  })
  return app
}
