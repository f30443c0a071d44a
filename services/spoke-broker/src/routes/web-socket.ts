import websocket from '@fastify/websocket'
import {
  BEARER_SUBPROTOCOL_PREFIX,
  CLOSE_CODES,
  RELAY_HEADER,
  SUBPROTOCOL,
} from '@alkdev/contracts'
import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { calledFrom } from '@alkdev/service'
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { CLOSING_MS, Connection } from '../connection/connection.ts'
import { Peer } from '../connection/peer.ts'
import { watchKey } from '../connection/watch-key.ts'
import type { BrokerContext } from '../context.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the upgrade on `/ws`: the result of the key check. */
    socketPeer: Authenticated | null
  }
}

/** `/ws`: the socket of a spoke or client. Its key is checked before the upgrade. */
export async function addWebSocket(context: BrokerContext): Promise<void> {
  const { app, config, draining, authenticator } = context.runtime
  const { maxFrameBytes, maxSockets } = config.spokes
  await app.register(websocket, {
    options: {
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      // An option of ws that is missing from the types of the plug-in.
      ...({ closeTimeout: CLOSING_MS } as object),
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    },
    // Without it each malformed frame would be logged with its stack. ws closes the socket itself, with a code for the reason.
    errorHandler: (error, socket) => {
      context.events.badFrame(error.message)
      socket.close(CLOSE_CODES.BAD_FRAME, 'bad frame')
    },
    preClose: (done) => {
      for (const { connection } of context.peers) connection.socket.terminate()
      done()
    },
  })
  app.decorateRequest('socketPeer', null)
  app.get(
    '/ws',
    {
      websocket: true,
      preValidation: async (request) => {
        checkProtocols(request)
        if (draining.aborted)
          throw new CodedError('UNAVAILABLE', 'This instance is draining.', { retryAfterMs: 1000 })
        if (context.peers.size >= maxSockets)
          throw new CodedError(
            'OVERLOADED',
            `This instance holds ${context.peers.size} sockets (spokes.maxSockets: ${maxSockets}).`,
            {
              retryAfterMs: 5000,
            },
          )
        const options = { subprotocolPrefix: BEARER_SUBPROTOCOL_PREFIX }
        request.socketPeer = await authenticator.authenticate(request.headers, options)
      },
    },
    (socket, request) => open(context, socket, request),
  )
}

function open(context: BrokerContext, socket: WebSocket, request: FastifyRequest): void {
  const { config, draining } = context.runtime
  const { spokes } = config
  const authenticated = request.socketPeer
  if (!authenticated) {
    socket.close(CLOSE_CODES.KEY_NO_LONGER_VALID, 'no key')
    return
  }
  const connection = new Connection(socket, {
    tcpSocket: request.raw.socket,
    authenticated,
    from: calledFrom(request.ip, request.headers['user-agent']),
    relay: request.headers[RELAY_HEADER]?.slice(0, 64).toString(),
    heartbeat: context.heartbeat,
    maxBufferedBytes: spokes.maxFrameBytes * 8,
    events: context.events,
  })
  const peer = new Peer(context, connection)
  // It connected while the other sockets were asked to move.
  if (draining.aborted) connection.askToMove(spokes.reconnectAfterMs)
  connection.onEnd(watchKey(context, peer))
}

/** When subprotocols are offered and none is supported, the upgrade would succeed and the client would close the socket: refused here, with the reason. */
function checkProtocols(request: FastifyRequest): void {
  const offered = request.headers['sec-websocket-protocol']
  if (offered === undefined) return
  if (!offered.split(',').some((one) => one.trim() === SUBPROTOCOL))
    throw new CodedError('VALIDATION_ERROR', `The subprotocol must be ${SUBPROTOCOL}.`)
}
