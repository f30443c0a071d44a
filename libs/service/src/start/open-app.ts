import { CodedError } from '@alkdev/errors'
import { createHttpApp, HEALTH_ROUTES } from '@alkdev/http'
import type { ErrorShape, HealthPort, HttpApp } from '@alkdev/http'
import { SECONDS } from '../telemetry/metrics.ts'
import type { Dependencies } from './open-dependencies.ts'
import type { CommonConfig } from './service-runtime.ts'

export interface AppInput {
  readonly config: CommonConfig
  readonly dependencies: Dependencies
  readonly health: HealthPort
  /** False until the start is done. */
  readonly accepts: () => boolean
  /** The shape of answers to bytes that are no HTTP request. Default: a problem. */
  readonly rawErrorShape?: ErrorShape
}

/** The HTTP app of the process, without the service's routes. Until the start is done it answers for its health only. */
export function openApp(input: AppInput): HttpApp {
  const { config, dependencies, health, accepts, rawErrorShape } = input
  const { http, limits } = config
  const durations = dependencies.metrics.histogram(
    'alkhub_http_request_duration_seconds',
    'Duration of HTTP requests, by route.',
    SECONDS,
  )
  const app = createHttpApp({
    logger: dependencies.logger,
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
  dependencies.metrics.observe(
    'gauge',
    'alkhub_http_requests_active',
    'Requests being answered.',
    () => app.httpState.active,
  )
  dependencies.metrics.observe(
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
