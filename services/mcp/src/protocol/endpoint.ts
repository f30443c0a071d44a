import { isLegacyRequest } from '@modelcontextprotocol/server'
import type { McpHttpHandler, Server, ServerEventBus } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import type { ClientAnswers } from '../legacy/client-answers.ts'
import { LegacyHandler } from '../legacy/legacy-handler.ts'
import { authInfoOf } from './caller.ts'
import type { Caller } from './caller.ts'
import { createHandler } from './create-handler.ts'
import { refuseParameterHeaders } from './parameter-headers.ts'
import type { ParameterHeaders } from './parameter-headers.ts'

export interface EndpointOptions {
  readonly serverFor: (caller: Caller) => Server
  readonly answers: ClientAnswers
  /** For clients of 2026-07-28; older ones send no such headers. */
  readonly parameterHeaders: (caller: Caller) => ParameterHeaders
  /** What changes at this address, for clients that listen. Default: nothing. */
  readonly changes?: EndpointChanges
}

export interface EndpointChanges extends ServerEventBus {
  /** Runs `work` as a request of this caller. */
  as<Result>(caller: Caller, work: () => Result): Result
}

/** A request whose caller is known. */
export interface EndpointRequest {
  readonly request: Request
  readonly caller: Caller
  /** The body as JSON; undefined when it is none, which the protocol answers. */
  readonly body: unknown
  /** It is a call that may be silent for longer than proxies wait. */
  readonly takesLong: boolean
}

/** The protocol of one address, in all revisions: each request is served by a server of its own, without state between requests. */
export class Endpoint {
  readonly #handler: McpHttpHandler
  readonly #streamHandler: McpHttpHandler
  readonly #legacy: LegacyHandler
  readonly #maxBytes: number
  readonly #changes: EndpointChanges | undefined
  readonly #parameterHeaders: EndpointOptions['parameterHeaders']

  constructor(
    context: Pick<McpContext, 'events' | 'runtime'>,
    { serverFor, answers, changes, parameterHeaders }: EndpointOptions,
  ) {
    const changing = changes === undefined ? {} : { changes }
    this.#handler = createHandler(context, serverFor, { responseMode: 'auto', ...changing })
    this.#streamHandler = createHandler(context, serverFor, { responseMode: 'sse', ...changing })
    this.#legacy = new LegacyHandler(context, serverFor, answers)
    this.#changes = changes
    this.#parameterHeaders = parameterHeaders
    this.#maxBytes = context.runtime.config.http.maxBodyBytes
  }

  async fetch({ request, caller, body, takesLong }: EndpointRequest): Promise<Response> {
    const limit = { maxRequestBodySize: this.#maxBytes }
    if (await isLegacyRequest(request, body, limit)) return this.#legacy.fetch(request, caller)
    const refused = refuseParameterHeaders(this.#parameterHeaders(caller), request.headers, body)
    if (refused !== undefined) return refused
    const handler = takesLong ? this.#streamHandler : this.#handler
    const answer = (): Promise<Response> =>
      handler.fetch(request, {
        authInfo: authInfoOf(caller),
        ...(body !== undefined && { parsedBody: body }),
      })
    return this.#changes === undefined ? answer() : this.#changes.as(caller, answer)
  }

  /** Ends the requests that run. */
  async close(): Promise<void> {
    await Promise.all([this.#handler.close(), this.#streamHandler.close()])
  }
}
