import { CodedError } from '@alkdev/errors'
import { createHttpApp, HEALTH_ROUTES } from '@alkdev/http'
import type { ErrorShape, HealthPort, HttpApp } from '@alkdev/http'
import { compact } from '@alkdev/std'
import { METRICS } from '../telemetry/metric-definitions.ts'
import { traceRequests } from '../telemetry/traces/trace-requests.ts'
import type { Dependencies } from './open-dependencies.ts'
import type { CommonConfig } from './service-runtime.ts'

export interface AppInput {
  readonly config: CommonConfig
  readonly dependencies: Dependencies
  readonly health: HealthPort
  /** False until the start is complete. */
  readonly accepts: () => boolean
  /** The body of answers to bytes that are not an HTTP request. Default: problem details. */
  readonly rawErrorShape?: ErrorShape
}

/** The HTTP app of the process, without the service's routes. Until the start is complete only its health routes answer. */
export function openApp(input: AppInput): HttpApp {
  const { config, dependencies, health, accepts, rawErrorShape } = input
  const { http, limits } = config
  const { metrics, tracer } = dependencies
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
    ...compact({ rawErrorShape }),
    observe: ({ method, route, status, durationMs }) =>
      metrics
        .histogram(METRICS.httpDuration, method, route, String(status))
        .observe(durationMs / 1000),
  })
  metrics.collect(METRICS.httpActive, () => app.httpState.active)
  metrics.collect(METRICS.httpBodyBytes, () => app.heldBodies.bytes)
  if (tracer !== undefined) traceRequests(app, tracer)
  app.addHook('onRequest', (request, _reply, next) => {
    if (accepts() || HEALTH_ROUTES.has(request.routeOptions.url ?? '')) next()
    else next(new CodedError('UNAVAILABLE', 'This instance is starting; ask again.'))
  })
  return app
}
