import { CodedError } from '@alkdev/errors'
import { codedErrorOf, statusOf } from '@alkdev/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { request as send } from 'undici'
import type { Dispatcher } from 'undici'
import type { ProxyContext } from '../context.ts'
import type { LedgerAttempt } from '../ledger/ledger-attempt.ts'
import type { LedgerCall } from '../ledger/ledger-call.ts'
import { headersOf, scrubberOf, urlOf } from '../providers/provider.ts'
import { AttemptLimit } from '../relay/attempt-limit.ts'
import { AttemptRecord } from '../relay/attempt-record.ts'
import { decodedBody } from '../relay/decoded-body.ts'
import { passedRequestHeaders } from '../relay/passed-request-headers.ts'
import { passedHeaders } from '../relay/refused-answer.ts'
import { guarded } from '../relay/relay.ts'
import { requireSuccess } from '../relay/require-success.ts'
import { badAnswer, connectionError, truncated, UpstreamError } from '../relay/upstream-error.ts'
import { NO_BODY } from '../usage/estimate.ts'
import { writeAll } from '../relay/write-all.ts'
import type { Way } from './find-way.ts'
import { BatchRecord, holdsResults } from './record-batch.ts'
import { reportsElsewhere } from './uncounted-paths.ts'
import { UsageReader } from './usage-reader.ts'
import { queryFor } from './way-query.ts'

/** Headers of an answer that say how its body is to be read. */
const BODY_HEADERS = ['content-type', 'content-disposition']
const HEADER_VALUE = /^[\x20-\x7e]{1,512}$/

/**
 * Sends a request of any kind to its provider, and the answer back chunk by chunk without traces of the key. It is sent once. A request that
 * names no model uses no tokens; for the others the usage is read from the answer if it reports any.
 */
export async function passThrough(
  context: ProxyContext,
  way: Way,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  await guarded(context, request, reply, async (signal) => {
    const call = await openCall(context, way, request)
    let failure: unknown = new CodedError('UNKNOWN_ERROR', 'The request ended without an answer.')
    let isCut = false
    try {
      const cut = await transfer(context, { way, request, reply, call, signal })
      if (cut === undefined) {
        call.settle({ endedBy: 'done', status: reply.raw.statusCode, truncated: false })
        return
      }
      isCut = true
      failure = cut
    } catch (error) {
      failure = signal.aborted ? signal.reason : error
    } finally {
      const error = codedErrorOf(failure)
      const endedBy =
        signal.aborted && error.code === 'ABORTED'
          ? 'client'
          : error instanceof UpstreamError
            ? 'upstream'
            : 'hub'
      const status = isCut ? reply.raw.statusCode : statusOf(error)
      call.settle({ endedBy, status, error, truncated: isCut })
    }
    if (isCut) return
    if (!(failure instanceof UpstreamError) || failure.body === undefined) throw failure
    reply.code(failure.httpStatus).headers(failure.headers).type('application/json')
    reply.send(failure.body)
  })
}

async function openCall(
  { ledger, runtime, prices }: ProxyContext,
  way: Way,
  request: FastifyRequest,
): Promise<LedgerCall> {
  const { traceparent } = request.headers
  const { provider, model, size, answers } = way
  const usesTokens = model !== undefined && !way.isFree
  const priced = { name: provider.name, baseUrl: provider.config.baseUrl }
  const known = usesTokens ? prices.of(priced, model, new Date()).prices : undefined
  // A model whose output has no price, such as one that ranks or moderates, writes none.
  const writes = usesTokens && (known === undefined || known.output !== undefined)
  const { call } = await ledger.openCall({
    id: request.id,
    identity: request.identity,
    countedKeyId: request.authenticated.limits?.countedAs ?? request.identity.keyId,
    instanceId: runtime.bus.instanceId,
    endpoint: way.endpoint,
    requestedModel: way.requestedModel,
    streamed: false,
    targets: [{ provider, model: model ?? '' }],
    body: usesTokens ? size : NO_BODY,
    asked: { tokens: writes ? undefined : 0, answers },
    tiers: usesTokens ? way.tiers : undefined,
    reportsElsewhere: way.isFree ? undefined : reportsElsewhere(way, request.method),
    ...(typeof traceparent === 'string' && { traceparent }),
  })
  return call
}

interface Transfer {
  readonly way: Way
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly call: LedgerCall
  readonly signal: AbortSignal
}

/** Resolves when the answer was sent: with the reason if it was cut. Throws as long as nothing was sent. */
async function transfer(
  context: ProxyContext,
  { way, request, reply, call, signal }: Transfer,
): Promise<unknown> {
  const { provider, model } = way
  const attempt = call.attempt({ provider, model: model ?? '' })
  const record = new AttemptRecord({
    context,
    provider,
    model: model ?? '',
    streamed: false,
    request,
    ledger: attempt,
    signal,
  })
  const { inference } = context.runtime.config
  using limit = new AttemptLimit(provider.config.timeoutMs ?? inference.requestTimeoutMs)
  const leave = context.providerPlaces.take(provider.id)
  let answer: Dispatcher.ResponseData | undefined
  try {
    if (leave === undefined)
      throw new CodedError('OVERLOADED', `The provider ${provider.name} is at capacity.`)
    reply.header('x-alkhub-provider', provider.name)
    answer = await ask(context, way, request, AbortSignal.any([signal, limit.signal]))
    limit[Symbol.dispose]()
    await requireSuccess(context, provider, record, answer)
    return await passAnswer(context, { way, request, reply, answer, record, attempt, signal })
  } catch (error) {
    record.failed(error, undefined, model !== undefined && !way.isFree)
    throw error
  } finally {
    leave?.()
    answer?.body.on('error', () => undefined).destroy()
  }
}

async function ask(
  { agent, onceAgent, runtime }: ProxyContext,
  way: Way,
  request: FastifyRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { provider, path, body } = way
  const { headers, method, raw } = request
  const passed = passedRequestHeaders(headers, provider, runtime.deploymentId)
  for (const name of ['content-type', 'accept'] as const) {
    const value = headers[name]
    if (typeof value === 'string' && (name === 'accept' || body !== undefined)) passed[name] = value
  }
  try {
    return await send(`${urlOf(provider, path)}${queryFor(way, raw.url)}`, {
      method,
      // What creates something must not create it twice.
      dispatcher: method === 'GET' ? agent : onceAgent,
      headers: headersOf(provider, passed),
      ...(body !== undefined && { body }),
      signal,
    })
  } catch (error) {
    throw connectionError(error, provider.name)
  }
}

interface Passing {
  readonly way: Way
  readonly request: FastifyRequest
  readonly attempt: LedgerAttempt
  readonly reply: FastifyReply
  readonly answer: Dispatcher.ResponseData
  readonly record: AttemptRecord
  readonly signal: AbortSignal
}

async function passAnswer(
  context: ProxyContext,
  { way, request, reply, answer, record, attempt, signal }: Passing,
): Promise<unknown> {
  const { provider, model, isFree } = way
  const scrubber = scrubberOf(provider)
  const decoded = decodedBody(answer)
  if (decoded === undefined)
    throw badAnswer(provider.name, 'used a content-encoding that the hub does not know')
  reply.headers(passedHeaders(answer, scrubber))
  for (const name of BODY_HEADERS) {
    const value = answer.headers[name]
    if (typeof value === 'string' && HEADER_VALUE.test(value))
      reply.header(name, scrubber.text(value))
  }
  const type = String(answer.headers['content-type'] ?? '')
  const usage = new UsageReader(type, (data) => attempt.onData(data))
  const results = holdsResults(request.method, way.path)
    ? new BatchRecord(context, provider, request, way.endpoint)
    : undefined
  const stallMs = context.runtime.config.inference.streamIdleTimeoutMs
  reply.hijack()
  const { raw } = reply
  raw.on('error', () => raw.destroy())
  raw.writeHead(answer.statusCode, reply.getHeaders() as Record<string, string>)
  raw.flushHeaders()
  try {
    for await (const chunk of decoded as AsyncIterable<Buffer>) {
      usage.push(chunk)
      await results?.push(chunk)
      await writeAll(raw, scrubber.push(chunk), stallMs)
    }
    results?.end()
    await writeAll(raw, scrubber.end(), stallMs)
  } catch (error) {
    // Half an answer can only be cut off, so that the client sees that it is not whole.
    raw.destroy()
    const own = error instanceof CodedError ? error : truncated(provider.name, error)
    const reason = signal.aborted ? signal.reason : own
    record.failed(reason, isFree ? undefined : usage.end(), model !== undefined && !isFree)
    return reason
  }
  record.answered(isFree ? undefined : usage.end(), model !== undefined && !isFree)
  raw.end()
  return undefined
}
