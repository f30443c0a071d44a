import websocket from '@fastify/websocket'
import {
  BEARER_SUBPROTOCOL_PREFIX,
  CLOSE_CODES,
  RELAY_HEADER,
  SUBPROTOCOL,
} from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { calledFrom, ServiceRegistry } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import type { FastifyRequest } from 'fastify'
import { Connection } from './connection/connection.ts'
import { Peer } from './connection/peer.ts'
import type { BrokerContext } from './context.ts'
import { drainSockets } from './drain.ts'
import { drainRelays } from './jobs/drain-relays.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { registerOperations } from './operations/register-operations.ts'
import { sweepKeys, watchKey } from './recheck.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the upgrade on `/ws`: who it is. */
    socketPeer: Identity | null
  }
}

/** Routes, operations and jobs of the broker. */
export async function buildApp(context: BrokerContext): Promise<void> {
  const { app, bus, config, runtime } = { ...context.runtime, runtime: context.runtime }
  const { spokes } = config
  await app.register(websocket, {
    options: {
      maxPayload: spokes.maxFrameBytes,
      perMessageDeflate: false,
      // Known to ws, missing from the types of the plug-in.
      ...({ closeTimeout: 1000 } as object),
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    },
    // Without it each malformed frame would be logged with its stack. ws closes the socket itself, with a code that says why.
    errorHandler: (error, socket) => {
      context.events.badFrame(error.message)
      socket.close(CLOSE_CODES.BAD_FRAME, 'bad frame')
    },
    preClose: (done) => {
      for (const connection of context.connections.keys()) connection.socket.terminate()
      done()
    },
  })
  app.decorateRequest('socketPeer', null)
  sweepKeys(context)
  app.get(
    '/ws',
    {
      websocket: true,
      preValidation: async (request) => {
        checkProtocols(request)
        if (runtime.draining.aborted)
          throw new CodedError('UNAVAILABLE', 'This instance is draining.', { retryAfterMs: 1000 })
        if (context.connections.size >= spokes.maxSockets)
          throw new CodedError('OVERLOADED', 'This instance holds as many sockets as it may.', {
            retryAfterMs: 5000,
          })
        const options = { subprotocolPrefix: BEARER_SUBPROTOCOL_PREFIX }
        request.socketPeer = await runtime.authenticator.authenticate(request.headers, options)
      },
    },
    (socket, request) => {
      const identity = request.socketPeer
      if (!identity) return socket.close(CLOSE_CODES.KEY_NO_LONGER_VALID, 'no key')
      const connection = new Connection(socket, {
        carrier: request.raw.socket,
        identity,
        from: calledFrom(request.ip, request.headers['user-agent']),
        relay: request.headers[RELAY_HEADER]?.slice(0, 64).toString(),
        heartbeat: context.heartbeat,
        maxBufferedBytes: spokes.maxFrameBytes * 8,
        events: context.events,
        handlers: (self) => {
          const handlers = new Peer(context, self)
          context.connections.set(self, handlers)
          return handlers
        },
      })
      // It came while the others were being asked.
      if (runtime.draining.aborted) connection.askToMove(spokes.reconnectAfterMs)
      connection.onEnd(watchKey(context, connection))
      return undefined
    },
  )
  const registry = new ServiceRegistry(runtime.logger)
  registerOperations(registry, context)
  bus.serveService(registry)
  bus.serveSpokes(context.spokes.provider)
  runtime.metrics.observe(
    'gauge',
    'alkhub_sockets',
    'Open sockets.',
    () => context.connections.size,
  )
  runtime.metrics.observe(
    'gauge',
    'alkhub_spokes_attached',
    'Spokes attached here.',
    () => context.spokes.size,
  )
  runtime.metrics.observe(
    'gauge',
    'alkhub_spoke_departures_unwritten',
    'Ends of spokes that could not be recorded yet; more than 0 for long means that Postgres is away.',
    () => context.departures.unwritten,
  )
  startJobs(context)
  drainRelays(context)
  runtime.onDrain('sockets', (signal) => drainSockets(context, signal, () => true))
}

/** When subprotocols are offered and none is ours, the upgrade would succeed and the client drop it: better said now. */
function checkProtocols(request: FastifyRequest): void {
  const offered = request.headers['sec-websocket-protocol']
  if (offered === undefined) return
  if (!offered.split(',').some((one) => one.trim() === SUBPROTOCOL))
    throw new CodedError('VALIDATION_ERROR', `The subprotocol must be ${SUBPROTOCOL}.`)
}
