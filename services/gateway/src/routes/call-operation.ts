import type { BusCallOptions } from '@alkdev/bus'
import { hopDepth, HOPS_HEADER } from '@alkdev/contracts'
import { onClosed } from '@alkdev/http'
import type { HttpApp } from '@alkdev/http'
import { calledFrom, callOnce, openOnce, queueCall } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readCallHeaders, traceparentOf } from '../calls/call-headers.ts'
import { serverTiming } from '../calls/server-timing.ts'
import type { GatewayContext } from '../context.ts'
import { streamOperation } from './stream-operation.ts'

interface CallRoute {
  Params: { operationId: string }
}

/** The body of a 202. */
interface QueuedAnswer {
  readonly callId: string
  readonly status: 'accepted'
  /** Where its state and its result are read. */
  readonly location: string
}

function wantsEvents({ headers }: FastifyRequest<CallRoute>): boolean {
  return headers.accept?.includes('text/event-stream') === true
}

/**
 * `POST /api/operations/{operationId}`: calls it with the body as input, with the rights of the key. The id of the request is
 * the id of the call. A client that disconnects aborts the call. A subscription is answered as
 * server-sent events. With `Prefer: respond-async` the call is queued, and the answer is 202.
 */
export function addCallOperation(app: HttpApp, context: GatewayContext): void {
  const {
    runtime: { bus, tracer },
    calls,
  } = context

  async function call(
    request: FastifyRequest<CallRoute>,
    reply: FastifyReply,
  ): Promise<ResponseEnvelope | QueuedAnswer | undefined> {
    const { authenticated, identity } = request
    const { operationId } = request.params
    const input: unknown = request.body === undefined ? {} : request.body
    const asked = readCallHeaders(request.headers)
    // With traces, the header has the span of the request.
    const traceparent =
      (tracer && asked.traceparent) ?? traceparentOf(request.id, asked.traceparent)
    reply.header('traceparent', traceparent)

    const depth = hopDepth(request.headers[HOPS_HEADER])
    const active = calls.begin(request.id, operationId, authenticated)
    let leaveStreams: (() => void) | undefined
    const options: BusCallOptions & { readonly callId: string } = {
      principal: identity,
      actor: { kind: 'client', name: identity.id, instanceId: bus.instanceId },
      callId: request.id,
      signal: active.signal,
      traceparent,
      // Refused before dispatch when the key has too many open streams.
      onStream() {
        leaveStreams = context.streams.enter(identity)
      },
      metadata: calledFrom(request.ip, request.headers['user-agent']),
      ...(asked.timeoutMs !== undefined && { timeoutMs: asked.timeoutMs }),
      ...(asked.idempotencyKey !== undefined && { idempotencyKey: asked.idempotencyKey }),
      ...(depth !== undefined && { depth }),
    }
    const leave = (): void => {
      if (!reply.raw.writableFinished)
        active.abort(new CallError('ABORTED', 'The client disconnected.'))
    }
    onClosed(reply.raw, leave)
    try {
      // The body may have arrived slowly.
      const confirmation = context.runtime.live.confirm(identity)
      if (confirmation !== undefined) await confirmation
      if (asked.isAsync) return await queue(request, reply, input, options)
      const opened = wantsEvents(request)
        ? await openOnce(context.runtime, operationId, input, options)
        : await callOnce(context.runtime, operationId, input, options)
      if ('items' in opened) {
        await streamOperation(opened.items, {
          request,
          reply,
          hold: () => context.runtime.live.hold(identity, active.signal),
        })
        // The stream has taken the answer over.
        return undefined
      }
      const { envelope, timing } = opened
      if (timing === undefined) reply.header('idempotency-replayed', 'true')
      reply.header('server-timing', serverTiming(request.authMs, reply.elapsedTime, timing))
      return envelope
    } catch (error) {
      // Only the failure of an earlier call has an id of its own.
      if (CallError.from(error).callId !== undefined) reply.header('idempotency-replayed', 'true')
      reply.header('server-timing', serverTiming(request.authMs, reply.elapsedTime))
      throw error
    } finally {
      leaveStreams?.()
      calls.end(active)
    }
  }

  async function queue(
    request: FastifyRequest<CallRoute>,
    reply: FastifyReply,
    input: unknown,
    options: BusCallOptions,
  ): Promise<QueuedAnswer> {
    const { operationId } = request.params
    const { timeoutMs, idempotencyKey } = options
    const { callId, known } = await queueCall(
      bus,
      request.id,
      {
        operationId,
        input,
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
      options,
    )
    const location = `/api/calls/${callId}`
    reply.code(202).headers({ location, 'preference-applied': 'respond-async' })
    if (known) reply.header('idempotency-replayed', 'true')
    return { callId, status: 'accepted', location }
  }

  app.post<CallRoute>('/api/operations/:operationId', (request, reply) => call(request, reply))
}
