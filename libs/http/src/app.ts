import type { Socket } from 'node:net'
import { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { LogController } from 'fastify'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { onClientError } from './client-error.ts'
import type { ErrorShape } from './client-error.ts'
import { corsPlugin } from './cors.ts'
import type { CorsOptions } from './cors.ts'
import { watchDescriptors } from './descriptor-watch.ts'
import { dropBody, hasBody } from './drop-body.ts'
import { codedErrorOf } from './fastify-error.ts'
import { addHeldBodies } from './held-bodies.ts'
import type { HeldBodies } from './held-bodies.ts'
import { HEALTH_ROUTES, healthPlugin } from './health.ts'
import type { HealthPort } from './health.ts'
import { addJsonBodies } from './json-body.ts'
import { logServerError } from './log-server-error.ts'
import { isOpenaiPath, sendModelError } from './openai-error.ts'
import { PROBLEM_CONTENT_TYPE, problemOf, retryAfterSeconds, statusOf } from './problem.ts'
import { addBodyTimeout } from './slow-body.ts'

export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** One answered request, for metrics. */
export interface HttpObservation {
  readonly method: string
  /** The route's pattern, or `unknown`; never the address, which would make a metric per value. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

export interface HttpAppOptions {
  readonly logger: FastifyBaseLogger
  readonly health: HealthPort
  /** Bytes of a body; beyond it PAYLOAD_TOO_LARGE. Routes may set their own. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Bytes of all bodies that are held at once; beyond it OVERLOADED. Default 256 MiB. */
  readonly maxHeldBodyBytes?: number
  /** Milliseconds in which the headers of a request must have arrived. Default 10 000. */
  readonly headersTimeoutMs?: number
  /** Milliseconds in which a request must have arrived whole. Default 60 000. */
  readonly requestTimeoutMs?: number
  /** Milliseconds that a body may bring no byte. Default 15 000. */
  readonly bodyIdleTimeoutMs?: number
  /** Milliseconds that an idle connection is kept; longer than that of a proxy before it (often 60 s). Default 65 000. */
  readonly keepAliveTimeoutMs?: number
  /** Addresses or CIDR ranges of proxies whose `x-forwarded-*` are believed. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** Web pages that may call. Default: none. */
  readonly cors?: CorsOptions
  /** The shape of the answer to bytes that are no HTTP request, of which no address is known. Default: a problem. */
  readonly rawErrorShape?: ErrorShape
  readonly observe?: (observation: HttpObservation) => void
}

/** What the app knows of its own end. */
export interface HttpState {
  /** Answers carry `connection: close` so that clients connect elsewhere. */
  draining: boolean
  /** New requests are refused with UNAVAILABLE. */
  closing: boolean
  /** Requests whose answer has not ended yet, streams included. */
  active: number
  /** When the last request came (`performance.now()`); those about health, and WebSockets, do not count. */
  askedAt: number
  /** Every open connection, upgraded ones included. */
  readonly sockets: Set<Socket>
}

declare module 'fastify' {
  interface FastifyInstance {
    httpState: HttpState
    heldBodies: HeldBodies
  }
}

const MIB = 1024 * 1024
const MAX_PARAM_LENGTH = 1024

/** Sends any thrown value as a problem. For replies that are sent outside a route's own error path, too. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown): void {
  const error = codedErrorOf(thrown)
  const status = statusOf(error)
  if (status === 500) logServerError(request, error)
  const seconds = retryAfterSeconds(error)
  if (seconds !== undefined) reply.header('retry-after', seconds)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  reply
    .code(status)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .serializer(JSON.stringify)
    .send(problemOf(error, request.id))
}

/**
 * An error in the shape that the clients of the address read: that of models below `/v1`, else a problem. A client that is sending its body gets it
 * too: the connection is not closed before.
 */
function sendError(request: FastifyRequest, reply: FastifyReply, thrown: unknown): void {
  const { raw, server } = request
  const sends = !raw.complete && hasBody(raw) && !server.httpState.draining
  if (sends && codedErrorOf(thrown).code !== 'TIMEOUT') {
    // Fastify asks for it at every error of a body.
    reply.removeHeader('connection')
    dropBody(raw)
  }
  if (isOpenaiPath(request.url)) sendModelError(request, reply, thrown)
  else sendProblem(request, reply, thrown)
}

function addHooks(app: HttpApp, state: HttpState, observe: HttpAppOptions['observe']): void {
  app.server.on('connection', (socket: Socket) => {
    state.sockets.add(socket)
    socket.once('close', () => state.sockets.delete(socket))
  })
  app.addHook('onRequest', (request, reply, next) => {
    state.active += 1
    const { routeOptions, headers } = request
    if (headers.upgrade !== 'websocket' && !HEALTH_ROUTES.has(routeOptions.url ?? ''))
      state.askedAt = performance.now()
    reply.raw.once('close', () => {
      state.active -= 1
    })
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    if (state.draining) reply.header('connection', 'close')
    if (!state.closing) next()
    else next(new CodedError('UNAVAILABLE', 'This instance is stopping; repeat the request.'))
  })
  app.addHook('preClose', (done) => {
    state.draining = true
    state.closing = true
    // From here on, Node treats an upgrade as a plain request, and the 503 closes its socket. With the listeners in place, no
    // code would close that socket, and close() would wait for it without a limit.
    app.server.removeAllListeners('upgrade')
    done()
  })
  if (observe === undefined) return
  app.addHook('onResponse', (request, reply, next) => {
    observe({
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    })
    next()
  })
}

/**
 * The logger with itself as the child of each request: a child costs more than it tells, since what is logged of a request names its id. A factory
 * of children would have the same effect, but Fastify checks what it returns at each request.
 */
function withoutChildren(logger: FastifyBaseLogger): FastifyBaseLogger {
  const own = Object.create(logger) as FastifyBaseLogger
  own.child = () => own
  return own
}

/**
 * The Fastify app of a service, without its routes; it never listens by itself. Every error is a problem with a code (below `/v1` an
 * error as OpenAI's clients read it), every
 * answer has an `x-request-id` (the hub's own UUIDv7, also the id of a call made by the request), bodies are JSON up to a limit,
 * and `/livez`, `/readyz`, `/health`, `/metrics` are there. Close it with `closeHttpApp`.
 */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const state: HttpState = {
    draining: false,
    closing: false,
    active: 0,
    askedAt: Number.NEGATIVE_INFINITY,
    sockets: new Set(),
  }
  const headersTimeout = options.headersTimeoutMs ?? 10_000
  const app: HttpApp = fastify({
    loggerInstance: withoutChildren(options.logger),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => uuidv7(),
    requestIdHeader: false,
    bodyLimit: options.maxBodyBytes ?? MIB,
    requestTimeout: options.requestTimeoutMs ?? 60_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 65_000,
    http: {
      headersTimeout,
      connectionsCheckingInterval: Math.min(1000, headersTimeout),
      // A client that offers HTTP/2 (`upgrade: h2c`) gets its answer over HTTP/1.1, also where WebSockets are taken.
      shouldUpgradeCallback: ({ headers }) =>
        app.server.listenerCount('upgrade') > 0 && headers.upgrade?.toLowerCase() === 'websocket',
    },
    clientErrorHandler: (error, socket) =>
      onClientError(error, socket, options.rawErrorShape ?? 'problem'),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error, request, reply) => sendError(request, reply, error),
  })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler)
  app.decorate('httpState', state)
  addHooks(app, state, options.observe)
  addBodyTimeout(app, options.bodyIdleTimeoutMs ?? 15_000)
  app.decorate('heldBodies', addHeldBodies(app, options.maxHeldBodyBytes ?? 256 * MIB))
  addJsonBodies(app)
  watchDescriptors(app, options.logger)
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error))
  app.setNotFoundHandler((request, reply) => {
    const error = new CodedError('OPERATION_NOT_FOUND', 'There is nothing at this address.')
    sendError(request, reply, error)
  })
  if (options.cors?.origins.length) app.register(corsPlugin, options.cors)
  app.register(healthPlugin, { health: options.health })
  return app
}
