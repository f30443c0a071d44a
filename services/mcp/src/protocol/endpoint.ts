import type { IncomingHttpHeaders } from 'node:http'
import { isLegacyRequest } from '@modelcontextprotocol/server'
import type { McpHttpHandler, Server, ServerEventBus } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import type { ClientAnswers } from '../legacy/client-answers.ts'
import { LegacyHandler } from '../legacy/legacy-handler.ts'
import { capabilitiesOfSession } from '../legacy/session-id.ts'
import { refuseTaskIds } from '../tasks/task-extension.ts'
import { authInfoOf } from './caller.ts'
import type { Asking, Caller, Outcome } from './caller.ts'
import { createHandler } from './create-handler.ts'
import { hasParameterHeader, refuseParameterHeaders } from './parameter-headers.ts'
import type { ParameterHeaders } from './parameter-headers.ts'
import { plainAnswer } from './plain-answer.ts'
import type { ServerInfo } from './plain-answer.ts'
import { PlainCalls } from './plain-call.ts'
import type { PlainCall } from './plain-call.ts'
import type { CallRequest } from './tool-call.ts'
import { refuseWatches } from './watch-limit.ts'

export interface EndpointOptions {
  readonly serverFor: (caller: Caller) => Server
  readonly answers: ClientAnswers
  /** For clients of 2026-07-28; older ones send no such headers. */
  readonly parameterHeaders: (caller: Pick<Caller, 'authenticated'>) => ParameterHeaders
  /** What changes at this address, for clients that listen. Default: nothing. */
  readonly changes?: EndpointChanges
  /** The tools whose plain calls need no server of the SDK. Default: none. */
  readonly plainTools?: PlainTools
}

export interface PlainTools {
  readonly names: readonly string[]
  readonly serverInfo: ServerInfo
  /** What the tool gives. Throws what the protocol answers with an error. */
  call(
    call: PlainCall,
    asked: Pick<CallRequest, 'caller' | 'ctx' | 'server'>,
  ): Promise<Readonly<Record<string, unknown>>>
}

/** The answer to a plain call: the text of a JSON body, none because the request has ended, or what the SDK has to answer with. */
export type PlainResult =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }

/** What ends a plain call before its answer: aborted when no client waits for it any more, and when its key has ended. */
export interface PlainEnd {
  readonly controller: AbortController
  /** No client waits for an answer. */
  hasLeft(): boolean
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
  readonly #plainTools: PlainTools | undefined
  readonly #plainCalls: PlainCalls | undefined

  constructor(
    context: Pick<McpContext, 'events' | 'runtime'>,
    { serverFor, answers, changes, parameterHeaders, plainTools }: EndpointOptions,
  ) {
    const changing = changes === undefined ? {} : { changes }
    this.#handler = createHandler(context, serverFor, { responseMode: 'auto', ...changing })
    this.#streamHandler = createHandler(context, serverFor, { responseMode: 'sse', ...changing })
    this.#legacy = new LegacyHandler(context, serverFor, answers)
    this.#changes = changes
    this.#parameterHeaders = parameterHeaders
    this.#plainTools = plainTools
    this.#plainCalls = plainTools && new PlainCalls(plainTools.names)
    this.#maxBytes = context.runtime.config.http.maxBodyBytes
  }

  async fetch({ request, caller, body, takesLong }: EndpointRequest): Promise<Response> {
    const limit = { maxRequestBodySize: this.#maxBytes }
    if (await isLegacyRequest(request, body, limit))
      return this.#refuseOlder(request.headers, body, caller) ?? this.#legacy.fetch(request, caller)
    const refused =
      refuseParameterHeaders(this.#parameterHeaders(caller), request.headers, body) ??
      refuseTaskIds(body) ??
      refuseWatches(body)
    if (refused !== undefined) return refused
    const handler = takesLong ? this.#streamHandler : this.#handler
    const answer = (): Promise<Response> =>
      handler.fetch(request, {
        authInfo: authInfoOf(caller),
        ...(body !== undefined && { parsedBody: body }),
      })
    return this.#changes === undefined ? answer() : this.#changes.as(caller, answer)
  }

  /** Older clients need not send headers of parameters, but a proxy may act on those that are there. */
  #refuseOlder(headers: Headers, body: unknown, caller: Caller): Response | undefined {
    const sent = [...headers.keys()].some((name) => name.startsWith('mcp-param-'))
    if (!sent) return undefined
    const rules = { ...this.#parameterHeaders(caller), required: false }
    for (const message of Array.isArray(body) ? (body as unknown[]) : [body]) {
      const refused = refuseParameterHeaders(rules, headers, message)
      if (refused !== undefined) return refused
    }
    return undefined
  }

  /** The call of a POST, if `call` can run it: a call that the SDK would accept as it is, and answer with one JSON body. */
  plainCall(headers: IncomingHttpHeaders, body: unknown, caller: Asking): PlainCall | undefined {
    const call = this.#plainCalls?.read(headers, body)
    if (call === undefined || caller.tooDeep) return undefined
    const rules = this.#parameterHeaders(caller)
    if (!rules.required && !hasParameterHeader(headers)) return call
    const get = (name: string): string | null => {
      const value = headers[name.toLowerCase()]
      return typeof value === 'string' ? value : null
    }
    return refuseParameterHeaders(rules, { get }, body) === undefined ? call : undefined
  }

  /** Runs a plain call until it ends. Its answer is the one that `fetch` gives. */
  async call(plain: PlainCall, asking: Asking, end: PlainEnd): Promise<PlainResult> {
    const tools = this.#plainTools
    if (tools === undefined) throw new Error('this address has no plain calls')
    const { isModern, meta } = plain
    const { signal } = end.controller
    const caller = { ...asking, keyEnded: signal, ending: end.controller }
    const ctx = {
      mcpReq: {
        _meta: meta,
        ...(isModern && { envelope: meta as never }),
        requestState: () => undefined,
        notify: async () => undefined,
        signal,
      },
      http: { authInfo: authInfoOf(caller) },
    }
    // In 2026-07-28 each request says what its client can do.
    const server = { getClientCapabilities: () => capabilitiesOfSession(caller.session) }
    try {
      const result = await tools.call(plain, { caller, ctx, server })
      if (end.hasLeft()) return { kind: 'ended' }
      const text = plainAnswer(plain, result, tools.serverInfo)
      return text === undefined
        ? { kind: 'outcome', outcome: () => result }
        : { kind: 'answer', text }
    } catch (error) {
      if (end.hasLeft()) return { kind: 'ended' }
      return {
        kind: 'outcome',
        outcome: () => {
          throw error
        },
      }
    }
  }

  /** Ends the requests that run. */
  async close(): Promise<void> {
    await Promise.all([this.#handler.close(), this.#streamHandler.close()])
  }
}
