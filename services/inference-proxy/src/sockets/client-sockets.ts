import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Authenticated } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { endSocket, openaiError, statusOf } from '@alkdev/http'
import { coversScope } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { ProxyContext } from '../context.ts'
import { findWay } from '../pass-through/find-way.ts'
import { KEY_SUBPROTOCOL, socketCall } from './socket-call.ts'

/** WebSockets below `/v1`, for the paths that a provider offers: each is passed on to the provider, and is one call of the ledger. */
export class ClientSockets {
  readonly #context: ProxyContext
  readonly #running = new Set<Promise<void>>()

  constructor(context: ProxyContext) {
    this.#context = context
  }

  /** Takes over an upgrade request. Refuses it as OpenAI's clients read it. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const running = this.#open(request, socket, head).catch((error: unknown) =>
      refuse(socket, error),
    )
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  /** Resolves when all have ended; they end with the process. */
  async ended(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { runtime } = this.#context
    const address = /^\/v1\/([^?#]+)/.exec(request.url ?? '')?.[1]
    if (address === undefined)
      throw new CodedError('OPERATION_NOT_FOUND', 'There is no WebSocket here.')
    if (runtime.draining.aborted)
      throw new CodedError('UNAVAILABLE', 'This instance is draining.', { retryAfterMs: 1000 })
    const options = { subprotocolPrefix: KEY_SUBPROTOCOL }
    const authenticated = await runtime.authenticator.authenticate(request.headers, options)
    const { identity } = authenticated
    if (!coversScope(identity.scopes, SCOPES.INFERENCE_USE))
      throw new CodedError('ACCESS_DENIED', `The key needs the scope ${SCOPES.INFERENCE_USE}.`)
    await this.#count(authenticated)
    const { headers } = request
    const asked = { identity, headers, method: 'GET', raw: request, body: undefined }
    const way = await findWay(this.#context, asked, address)
    const { keyPlaces, providerPlaces } = this.#context
    const leaveKey = keyPlaces.take(identity.keyId ?? identity.id)
    if (leaveKey === undefined) throw atCapacity('RATE_LIMITED', 'Too many requests of this key')
    const leaveProvider = providerPlaces.take(way.provider.id)
    try {
      if (leaveProvider === undefined)
        throw atCapacity('OVERLOADED', `Too many requests to the provider ${way.provider.name}`)
      await runtime.live.confirm(identity)
      const id = uuidv7()
      await socketCall(this.#context, { id, way, request, socket, head, authenticated })
    } finally {
      leaveProvider?.()
      leaveKey()
    }
  }

  async #count(authenticated: Authenticated): Promise<void> {
    const { limiter } = this.#context
    if (limiter.bucketsOf(authenticated).length === 0) return
    const state = await limiter.take(authenticated)
    if (state?.refusedBy !== undefined) throw limiter.refuse(state.refusedBy)
  }
}

function atCapacity(code: 'RATE_LIMITED' | 'OVERLOADED', what: string): CodedError {
  return new CodedError(code, `${what} are running already.`, { retryAfterMs: 1000 })
}

/** Answers a request whose socket is not a WebSocket yet. */
function refuse(socket: Duplex, thrown: unknown): void {
  if (socket.destroyed || socket.writableEnded) return
  const error = CodedError.from(thrown)
  const body = JSON.stringify(openaiError(error))
  endSocket(
    socket,
    `HTTP/1.1 ${statusOf(error)} ${error.code}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
