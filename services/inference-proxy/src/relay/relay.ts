import { SCOPES } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { coversScope } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ProxyContext } from '../context.ts'
import { isBroken } from '../providers/provider.ts'
import type { Target } from '../providers/target.ts'
import { Attempt } from './attempt.ts'
import { UpstreamError } from './upstream-error.ts'

export type ChatBody = Record<string, unknown> & {
  readonly model: string
  readonly stream?: unknown
}

/**
 * Sends a request to the first target that accepts it, and the answer of that target to the client. Tries the next target as long as
 * nothing has reached the client and nothing was charged. Throws the error for the client when no target answered.
 */
export async function relay(
  context: ProxyContext,
  targets: readonly Target[],
  body: ChatBody,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { authenticated, identity } = request
  const leave = context.keyPlaces.take(identity.keyId ?? identity.id)
  if (leave === undefined)
    throw new CodedError('RATE_LIMITED', 'Too many requests of this key are running already.', {
      retryAfterMs: 1000,
    })
  const ending = new AbortController()
  // No tokens are bought for a client that has left, or for a key that is no longer valid.
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      ending.abort(new CodedError('ABORTED', 'The client left before the answer was whole.'))
  })
  const unwatch = context.runtime.live.watch({
    authenticated,
    end: (reason) => ending.abort(reason),
    allowed: (now) => coversScope(now.identity.scopes, SCOPES.INFERENCE_USE),
  })
  const signal = AbortSignal.any([ending.signal, context.runtime.signal])
  let failure: unknown
  let attempts = 0
  try {
    // The body, or the list of providers, may have been slow.
    await context.runtime.live.confirm(identity)
    for (const target of targets) {
      attempts += 1
      reply
        .header('x-alkhub-provider', target.provider.name)
        .header('x-alkhub-attempts', String(attempts))
      try {
        await tryTarget(context, target, body, request, reply, signal)
        return
      } catch (error) {
        failure = signal.aborted ? signal.reason : error
        if (signal.aborted || !mayGoOn(error)) break
      }
    }
  } finally {
    unwatch()
    leave()
  }
  if (!(failure instanceof UpstreamError)) throw failure
  reply.headers(failure.headers)
  if (failure.body === undefined) throw failure
  reply.code(failure.httpStatus).type('application/json').send(failure.body)
}

function mayGoOn(error: unknown): boolean {
  return error instanceof UpstreamError && error.failover
}

async function tryTarget(
  context: ProxyContext,
  { provider, model }: Target,
  body: ChatBody,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<void> {
  if (isBroken(provider))
    throw new UpstreamError(
      'UNAVAILABLE',
      `The provider ${provider.name} can not be used: ${provider.broken}.`,
      { status: 503, failover: true },
    )
  const leave = context.providerPlaces.take(`${provider.ownerId}/${provider.name}`)
  if (leave === undefined)
    throw new UpstreamError(
      'OVERLOADED',
      `The provider ${provider.name} has ${context.runtime.config.inference.maxInFlightPerProvider} requests in flight (inference.maxInFlightPerProvider).`,
      { status: 503, failover: true },
    )
  try {
    await new Attempt({ context, provider, model, body, request, reply, signal }).run()
  } finally {
    leave()
  }
}
