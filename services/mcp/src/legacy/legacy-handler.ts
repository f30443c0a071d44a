import { randomUUID } from 'node:crypto'
import { CallError } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import type { JSONRPCMessage, RequestId, Server } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import { authInfoOf } from '../protocol/caller.ts'
import type { Caller } from '../protocol/caller.ts'
import type { Answerer, ClientAnswers } from './client-answers.ts'
import { capabilitiesOfSession } from './session-id.ts'

/** Milliseconds between comments in a stream, so that no proxy cuts it. */
const KEEP_ALIVE_MS = 15_000
/** The request that tells a server what the client of the session can do. */
const INTRODUCTION = 'alkhub-session'
/** The version of a client that names none. */
const LATEST_LEGACY = '2025-11-25'
const EVENT_STREAM = 'text/event-stream'
/** The code of an error of the server. */
const KEY_ENDED = -32_000

/**
 * The protocol side of an address for MCP before 2026-07-28: one server per request. What the session declared comes from its id. Requests of
 * the server (elicitation, sampling, roots) are sent in the stream of the answer; `answers` receives what the client says to them.
 */
export class LegacyHandler {
  readonly #context: Pick<McpContext, 'events' | 'runtime'>
  readonly #serverFor: (caller: Caller) => Server
  readonly #answers: ClientAnswers

  constructor(
    context: Pick<McpContext, 'events' | 'runtime'>,
    serverFor: (caller: Caller) => Server,
    answers: ClientAnswers,
  ) {
    this.#context = context
    this.#serverFor = serverFor
    this.#answers = answers
  }

  /** Answers one POST. */
  async fetch(request: Request, caller: Caller): Promise<Response> {
    const server = this.#serverFor(caller)
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a member of the SDK, which has no events
    server.onerror = (error) => this.#context.events.protocolError(error)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      keepAliveMs: KEEP_ALIVE_MS,
      maxRequestBodySize: this.#context.runtime.config.http.maxBodyBytes,
    })
    const requests = new ClientRequests(transport, this.#answers, caller)
    const end = (): void => {
      requests.end()
      void transport.close().catch(() => undefined)
      void server.close().catch(() => undefined)
    }
    await server.connect(transport)
    await requests.introduce(
      capabilitiesOfSession(caller.session),
      request.headers.get('mcp-protocol-version') ?? LATEST_LEGACY,
    )
    request.signal.addEventListener('abort', end, { once: true })
    if (request.signal.aborted) end()
    request.signal.throwIfAborted()
    const response = await transport.handleRequest(request, { authInfo: authInfoOf(caller) })
    if (response.body === null || !response.headers.get('content-type')?.startsWith(EVENT_STREAM)) {
      end()
      return response
    }
    const body = response.body.pipeThrough(new TransformStream({ flush: end }))
    return new Response(body, { status: response.status, headers: response.headers })
  }
}

/** The requests that the server of one POST sends to the client: under ids that are unique in the deployment. */
class ClientRequests {
  readonly #transport: WebStandardStreamableHTTPServerTransport
  readonly #answers: ClientAnswers
  readonly #asked: Answerer
  readonly #keyEnded: AbortSignal
  readonly #introduced = deferred<void>()
  /** Ids of the server to those on the wire, and the end of the wait. */
  readonly #open = new Map<RequestId, { readonly id: string; readonly forget: () => void }>()

  constructor(
    transport: WebStandardStreamableHTTPServerTransport,
    answers: ClientAnswers,
    { authenticated: { identity }, keyEnded, session }: Caller,
  ) {
    this.#transport = transport
    this.#answers = answers
    this.#asked = { keyId: identity.keyId ?? identity.id, session }
    this.#keyEnded = keyEnded
    keyEnded.addEventListener('abort', this.#refuse, { once: true })
    const send = transport.send.bind(transport)
    transport.send = (message, options) => this.#send(message, (other) => send(other, options))
  }

  /** The server learns the capabilities as if `initialize` were part of the request. */
  async introduce(
    capabilities: Readonly<Record<string, unknown>> | undefined,
    protocolVersion: string,
  ): Promise<void> {
    if (capabilities === undefined) return
    this.#transport.onmessage?.({
      jsonrpc: '2.0',
      id: INTRODUCTION,
      method: 'initialize',
      params: {
        protocolVersion,
        capabilities: { ...capabilities },
        clientInfo: { name: 'client of a session', version: '1' },
      },
    })
    await this.#introduced.promise
  }

  end(): void {
    this.#keyEnded.removeEventListener('abort', this.#refuse)
    for (const { forget } of this.#open.values()) forget()
    this.#open.clear()
  }

  /** The key has ended: what waits for an answer of the client is answered with that, so that its request ends with a reason. */
  readonly #refuse = (): void => {
    const error = CallError.from(this.#keyEnded.reason)
    for (const [ownId, { forget }] of this.#open) {
      forget()
      this.#transport.onmessage?.({
        jsonrpc: '2.0',
        id: ownId,
        error: { code: KEY_ENDED, message: `${error.code}: ${error.message}` },
      })
    }
    this.#open.clear()
  }

  async #send(
    message: JSONRPCMessage,
    send: (message: JSONRPCMessage) => Promise<void>,
  ): Promise<void> {
    if (!('method' in message)) {
      if (message.id !== INTRODUCTION) return send(message)
      this.#introduced.resolve()
      return undefined
    }
    if (message.method === 'notifications/cancelled') {
      const requestId = message.params?.['requestId'] as RequestId
      const open = this.#open.get(requestId)
      if (open === undefined) return undefined
      open.forget()
      this.#open.delete(requestId)
      const params = { ...message.params, requestId: open.id }
      return send({ ...message, params })
    }
    if (!('id' in message)) return send(message)
    const { id: ownId } = message
    const id = randomUUID()
    const forget = this.#answers.wait(id, {
      ...this.#asked,
      deliver: (answer) => {
        this.#open.delete(ownId)
        this.#transport.onmessage?.({ ...answer, id: ownId })
      },
    })
    this.#open.set(ownId, { id, forget })
    await this.#answers.listen()
    return send({ ...message, id })
  }
}
