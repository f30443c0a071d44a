import type { BusSubscription } from '@alkdev/bus'
import { openEventStream, problemOf } from '@alkdev/http'
import type { EventStream } from '@alkdev/http'
import { logUnexpected } from '@alkdev/service'
import { withTimeout } from '@alkdev/std'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Milliseconds in which a subscription may fail before its stream is opened: a refusal is then an ordinary HTTP error, and a quiet
 * subscription still gets its headers soon.
 */
const PATIENCE_MS = 300

type Step = Awaited<ReturnType<BusSubscription['next']>>

/** The first item if it arrives, or fails, soon enough. */
function firstStep(next: Promise<Step>): Promise<Step | undefined> {
  return withTimeout(next, { ms: PATIENCE_MS, what: 'The first item', onTimeout: () => undefined })
}

async function sendAll(
  stream: EventStream,
  subscription: BusSubscription,
  first: Promise<Step>,
  hold: () => Promise<void> | undefined,
): Promise<void> {
  let count = 0
  for (let step = await first; step.done !== true; step = await subscription.next()) {
    const { seq, envelope } = step.value
    count = seq
    const held = hold()
    if (held !== undefined) await held
    // Waits while the client does not read; the subscription is not read meanwhile, which slows the provider.
    await stream.send({ id: seq, data: envelope })
    if (stream.signal.aborted) return
  }
  await stream.send({ event: 'completed', data: { count } })
}

export interface StreamTarget {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Before each item: what to wait for while it is unknown whether the key is still valid. */
  hold(): Promise<void> | undefined
}

/**
 * Answers with the items of a subscription as server-sent events: `id` = `seq`, at the end `completed` or `error`. When the client
 * closes the connection the call is aborted. While the validity of the key is not known, items are held back. Throws what the
 * call as long as nothing has been sent.
 */
export async function streamOperation(
  subscription: BusSubscription,
  target: StreamTarget,
): Promise<void> {
  const { request, reply } = target
  const first = subscription.next()
  first.catch(() => undefined)
  await firstStep(first)
  const stream = openEventStream(reply)
  try {
    await sendAll(stream, subscription, first, () => target.hold())
  } catch (error) {
    const { operationId } = request.params as { readonly operationId?: string }
    logUnexpected(request.log, error, { operation: operationId, requestId: request.id })
    await stream.send({ event: 'error', data: problemOf(error, request.id) })
  } finally {
    await subscription.return?.(undefined)
    stream.end()
  }
}
