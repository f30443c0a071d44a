import { isTraceparent, TRACE_ATTRIBUTES } from '@alkdev/contracts'
import type { Tracer } from '@alkdev/contracts'
import { HEALTH_ROUTES, onClosed } from '@alkdev/http'
import type { HttpApp } from '@alkdev/http'

/**
 * Makes a span of each HTTP request, except those for the state of the process and those that open a WebSocket. The header `traceparent` is
 * replaced by the context of the span, so that everything that reads it, or sends it on, continues the trace.
 */
export function traceRequests(app: HttpApp, tracer: Tracer): void {
  app.addHook('onRequest', (request, reply, next) => {
    const route = request.routeOptions.url ?? 'unknown'
    if (request.raw.headers.upgrade !== undefined || HEALTH_ROUTES.has(route)) return next()
    const { headers } = request.raw
    const given = headers['traceparent']
    const parent = typeof given === 'string' && isTraceparent(given) ? given : undefined
    const { method } = request
    const span = tracer.begin(`${method} ${route}`, 'server', parent, request.id)
    headers['traceparent'] = span.traceparent
    if (!span.isRecorded) return next()
    span.set(TRACE_ATTRIBUTES.HTTP_METHOD, method)
    span.set(TRACE_ATTRIBUTES.HTTP_ROUTE, route)
    const { raw } = reply
    onClosed(raw, () => {
      const status = raw.statusCode
      span.set(TRACE_ATTRIBUTES.HTTP_STATUS, status)
      if (!raw.writableFinished) span.end('ABORTED')
      else span.end(status >= 500 ? String(status) : undefined)
    })
    next()
  })
}
