import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Authenticated } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { codedErrorOf, statusOf } from '@alkdev/http'
import { coversScope } from '@alkdev/operations'
import type { ProxyContext } from '../context.ts'
import type { OpenedCall } from '../ledger/ledger.ts'
import type { Way } from '../pass-through/find-way.ts'
import { reportsElsewhere } from '../pass-through/uncounted-paths.ts'
import { queryFor } from '../pass-through/way-query.ts'
import { headersOf, scrubberOf, urlOf } from '../providers/provider.ts'
import { AttemptRecord } from '../relay/attempt-record.ts'
import { passedRequestHeaders } from '../relay/passed-request-headers.ts'
import { UpstreamError } from '../relay/upstream-error.ts'
import { tagsOf } from '../relay/call-tags.ts'
import { tokensOf } from '../prices/cost.ts'
import { estimateTokens, NO_BODY } from '../usage/estimate.ts'
import { joinSockets } from './join-sockets.ts'
import type { JoinedEnd } from './join-sockets.ts'
import { openUpstream } from './open-upstream.ts'
import { ServerMessages } from './server-messages.ts'

/** The subprotocol with which pages show their key: a browser sends no headers with a WebSocket. */
export const KEY_SUBPROTOCOL = 'openai-insecure-api-key.'

/** A request for a WebSocket that may be passed on. */
export interface SocketRequest {
  readonly id: string
  readonly way: Way
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly authenticated: Authenticated
}

/** Runs a WebSocket from its opening at the provider to its end, as one call of the ledger. Throws as long as the client has no answer. */
export async function socketCall(context: ProxyContext, asked: SocketRequest): Promise<void> {
  const { runtime } = context
  const { way, socket, authenticated } = asked
  const ending = new AbortController()
  const leave = (): void =>
    ending.abort(new CodedError('ABORTED', 'The client closed the connection.'))
  socket.once('close', leave)
  // It may have left while its key was checked.
  if (socket.destroyed) leave()
  const unwatch = runtime.live.watch({
    authenticated,
    end: (reason) => ending.abort(reason),
    allowed: (now) => coversScope(now.identity.scopes, SCOPES.INFERENCE_USE),
  })
  const signal = AbortSignal.any([ending.signal, runtime.signal])
  try {
    signal.throwIfAborted()
    const opened = await openCall(context, asked)
    const { provider, model = '' } = way
    const ledger = opened.call.attempt({ provider, model })
    const record = new AttemptRecord({
      context,
      provider,
      model,
      streamed: true,
      request: { id: asked.id, identity: authenticated.identity },
      ledger,
      signal,
    })
    const messages = new ServerMessages({
      maxBytes: runtime.config.http.maxInferenceBodyBytes,
      scrubber: () => scrubberOf(provider),
    })
    let end: JoinedEnd
    try {
      end = await run(context, asked, opened, { record, messages, signal })
    } catch (error) {
      const reason = codedErrorOf(signal.aborted ? signal.reason : error)
      record.failed(error, messages.usage)
      const endedBy = error instanceof UpstreamError ? 'upstream' : 'hub'
      opened.call.settle({ endedBy, status: statusOf(reason), error: reason, truncated: false })
      throw error
    }
    ledger.textBytes = messages.textBytes
    if (end.error === undefined) record.answered(messages.usage, way.model !== undefined)
    else record.failed(end.error, messages.usage)
    const { endedBy, error } = end
    opened.call.settle({ endedBy, status: 101, error, truncated: endedBy === 'upstream' })
  } finally {
    unwatch()
  }
}

function openCall(
  { ledger, runtime }: ProxyContext,
  { id, way, request, authenticated }: SocketRequest,
): Promise<OpenedCall> {
  const { traceparent } = request.headers
  const { identity, limits } = authenticated
  return ledger.openCall({
    id,
    identity,
    countedKeyId: limits?.countedAs ?? identity.keyId,
    instanceId: runtime.bus.instanceId,
    endpoint: way.endpoint,
    requestedModel: way.requestedModel,
    streamed: true,
    targets: [{ provider: way.provider, model: way.model ?? '' }],
    body: NO_BODY,
    asked: { tokens: way.model === undefined ? 0 : undefined, answers: 1 },
    reportsElsewhere: reportsElsewhere(way, 'GET', true),
    ...(typeof traceparent === 'string' && { traceparent }),
    tags: tagsOf(request.headers),
  })
}

interface Running {
  readonly record: AttemptRecord
  readonly messages: ServerMessages
  readonly signal: AbortSignal
}

async function run(
  context: ProxyContext,
  { way, request, socket, head }: SocketRequest,
  { call, outputLimit }: OpenedCall,
  { record, messages, signal }: Running,
): Promise<JoinedEnd> {
  const { provider } = way
  const { inference } = context.runtime.config
  const url = new URL(`${urlOf(provider, way.path)}${queryFor(way, request.url)}`)
  const passed = passedRequestHeaders(request.headers, provider, context.runtime.deploymentId)
  const upstream = await openUpstream(
    context.onceAgent,
    provider,
    url,
    { ...headersOf(provider, passed), ...handshakeOf(request) },
    { signal, limitMs: inference.firstByteTimeoutMs },
  )
  record.status = 101
  socket.write(answerHead(provider.name, upstream.headers))
  if (head.length > 0) upstream.socket.write(head)
  return joinSockets(socket, upstream.socket, {
    messages,
    signal,
    idleMs: provider.config.timeoutMs ?? inference.requestTimeoutMs,
    // The reservation is used up: what follows would be counted by no budget.
    mayGoOn: () => {
      if (outputLimit === undefined) return true
      const { tokens } = messages.usage ?? {}
      const reported = tokens === undefined ? 0 : tokensOf(tokens)
      // A provider may report nothing.
      return Math.max(reported, estimateTokens(messages.textBytes)) < call.worstTokens
    },
  })
}

/** The handshake of the client, without extensions: compressed messages could not be read. */
function handshakeOf({ headers }: IncomingMessage): Record<string, string> {
  const { 'sec-websocket-key': key, 'sec-websocket-version': version } = headers
  if (key === undefined || version === undefined)
    throw new CodedError('VALIDATION_ERROR', 'The request is no handshake of a WebSocket.')
  const offered = (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith(KEY_SUBPROTOCOL))
  return {
    'sec-websocket-key': key,
    'sec-websocket-version': version,
    ...(offered.length > 0 && { 'sec-websocket-protocol': offered.join(', ') }),
  }
}

const TOKEN = /^[\x21-\x7e]{1,256}$/

function answerHead(
  provider: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade']
  for (const name of ['sec-websocket-accept', 'sec-websocket-protocol']) {
    const value = headers[name]
    if (typeof value === 'string' && TOKEN.test(value)) lines.push(`${name}: ${value}`)
  }
  return `${[...lines, `x-alkhub-provider: ${provider}`].join('\r\n')}\r\n\r\n`
}
