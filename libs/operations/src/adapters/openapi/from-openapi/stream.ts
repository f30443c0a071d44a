import { backoff, sleep } from '@alkdev/std'
import { CallError } from '../../../calls/call-error.ts'
import { DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_TIMEOUT_MS } from '../../../calls/call-limits.ts'
import { abortError } from '../../../calls/abort-error.ts'
import { sseEnvelope } from '../../../calls/response-envelope.ts'
import type { ResponseEnvelope } from '../../../calls/response-envelope.ts'
import type { OperationContext } from '../../../registry/types.ts'
import { DEFAULT_MAX_RESPONSE_BYTES, headersOf, readAnswer, readBytes, readJson } from './answer.ts'
import { failure } from './call.ts'
import { transportError } from './http-error.ts'
import { kindOf } from './media-type.ts'
import type { OperationPlan } from './operation-plan.ts'
import { checkedAnswer } from './output-check.ts'
import { prepareRequest } from './request.ts'
import { send } from './send.ts'
import { SSEParser } from './sse-parser.ts'
import type { SSEEvent } from './sse-parser.ts'
import { TimeLimit } from './time-limit.ts'

type Input = Readonly<Record<string, unknown>>

const MAX_EVENT_CHARS = 1024 * 1024
const MAX_RETRY_MS = 30_000

/** The state of a stream across its connections. */
interface Progress {
  lastEventId: string
  retryMs: number
  /** Attempts since the last event. */
  attempts: number
  /** The server has reported the end. */
  ended: boolean
}

/**
 * The items of an event stream: each event's data, as JSON where it is, in an envelope that has its name and id. The data `[DONE]` ends the
 * stream. A connection that breaks is opened again with `Last-Event-ID` as `config.sse` says, so nothing is lost or given twice if the
 * server honours it. Leaving the loop, an abort, and 5 minutes without a byte end the request. The next bytes are read when the consumer
 * asks for them.
 */
export async function* streamOperation(
  plan: OperationPlan,
  input: Input,
  context: OperationContext,
): AsyncGenerator<ResponseEnvelope, void, unknown> {
  const { resume = 'on-error', maxAttempts = 5, retryMs = 1000 } = plan.config.sse ?? {}
  const progress: Progress = { lastEventId: '', retryMs, attempts: 0, ended: false }
  for (;;) {
    try {
      yield* connection(plan, input, context, progress)
      if (progress.ended || resume !== 'always') return
    } catch (error) {
      if (resume === 'never' || !mayResume(error, progress, maxAttempts)) throw error
    }
    if (progress.attempts >= maxAttempts)
      throw new CallError('PROVIDER_LOST', `The stream of ${plan.label} could not be resumed.`, {
        outcome: 'unknown',
        lastEventId: progress.lastEventId,
      })
    await pause(progress, context)
    progress.attempts += 1
  }
}

/** The server's delay, increased with each attempt without an event. */
async function pause(progress: Progress, { signal }: OperationContext): Promise<void> {
  const { attempts, retryMs } = progress
  const ms =
    attempts === 0
      ? Math.min(retryMs, MAX_RETRY_MS)
      : backoff(attempts, { baseMs: Math.max(1, retryMs), capMs: MAX_RETRY_MS })
  try {
    await sleep(ms, signal)
  } catch (error) {
    throw signal?.aborted === true ? abortError(signal) : error
  }
}

/** Only a stream that has given an id can be continued; the caller's own end and the service's refusal are final. */
function mayResume(error: unknown, progress: Progress, maxAttempts: number): boolean {
  if (progress.lastEventId === '' || progress.attempts >= maxAttempts) return false
  if (!(error instanceof CallError)) return false
  if (error.code === 'PROVIDER_LOST' || error.code === 'PROVIDER_UNAVAILABLE') return true
  if (error.code === 'RATE_LIMITED') return true
  const { status } = (error.details ?? {}) as { status?: number }
  return error.code === 'EXECUTION_ERROR' && (status ?? 0) >= 500
}

async function* connection(
  plan: OperationPlan,
  input: Input,
  context: OperationContext,
  progress: Progress,
): AsyncGenerator<ResponseEnvelope, void, unknown> {
  const { config, label } = plan
  const limit = new TimeLimit(context, label)
  const idleMs = config.sse?.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS
  try {
    limit.allow(config.timeout ?? DEFAULT_TIMEOUT_MS)
    const request = prepareRequest(plan.request, input, config, await plan.authorize())
    const { lastEventId } = progress
    const response = await send(request, config, limit.signal, {
      'cache-control': 'no-store',
      ...(lastEventId !== '' && { 'last-event-id': encodeId(lastEventId) }),
    })
    if (!response.ok) throw await failure(label, response, request.secrets)
    if (response.status === 204) {
      progress.ended = true
      return
    }
    if (kindOf(response.headers.get('content-type') ?? '') !== 'events') {
      progress.ended = true
      const maxBytes = config.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES
      const bytes = await readBytes(response, maxBytes)
      const envelope = checkedAnswer(plan, readAnswer(response, bytes, plan))
      limit.pause()
      yield envelope
      return
    }
    const parser = new SSEParser(config.sse?.maxEventChars ?? MAX_EVENT_CHARS, lastEventId)
    const decoder = new TextDecoder()
    const headers = headersOf(response)
    limit.allow(idleMs)
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      limit.pause()
      for (const event of parser.push(decoder.decode(chunk, { stream: true }))) {
        if (event.data === '[DONE]') {
          progress.ended = true
          return
        }
        progress.lastEventId = event.lastEventId
        progress.attempts = 0
        const { data, ...read } = dataOf(plan, event)
        const envelope = sseEnvelope(data, {
          statusCode: response.status,
          headers,
          event: event.eventType,
          lastEventId: event.lastEventId,
        })
        yield checkedAnswer(plan, { envelope, ...read })
      }
      progress.lastEventId = parser.lastEventId
      progress.retryMs = parser.retryMs ?? progress.retryMs
      limit.allow(idleMs)
    }
  } catch (error) {
    if (error instanceof RangeError)
      throw new CallError('PAYLOAD_TOO_LARGE', `The stream of ${label}: ${error.message}.`)
    throw transportError(label, error, limit.signal)
  } finally {
    limit.end()
  }
}

/** Ids are any text; as a header they travel in UTF-8 (WHATWG's HTML standard, 9.2.3). */
function encodeId(id: string): string {
  return Buffer.from(id, 'utf8').toString('latin1')
}

/** Data that does not begin as JSON does is text and no fault: documents seldom say which of the two an event has. */
function dataOf({ spec, answer }: OperationPlan, { data }: SSEEvent): ReturnType<typeof readJson> {
  const read = readJson(spec, answer.documented, data)
  return /^\s*[[{]/.test(data) ? read : { ...read, faults: [] }
}
