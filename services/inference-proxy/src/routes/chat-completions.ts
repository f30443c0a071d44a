import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { request as send } from 'undici'
import type { Dispatcher } from 'undici'
import type { ProxyContext } from '../context.ts'
import { headersOf, urlOf } from '../providers/provider.ts'
import { findTarget, lookFor } from '../providers/target.ts'
import type { Target } from '../providers/target.ts'
import { openaiError, upstreamError } from './openai-error.ts'

/** Headers of a provider's answer that mean something to the client. */
const passed = ['content-type', 'retry-after', 'openai-processing-ms', 'openai-version']

/** `POST /v1/chat/completions`: the body goes to the provider as it is but for the model's name, the answer comes back as it is. */
export function chatCompletionsRoute(app: HttpApp, context: ProxyContext): void {
  const { maxInferenceBodyBytes } = context.runtime.config.http
  app.post('/chat/completions', { bodyLimit: maxInferenceBodyBytes }, async (request, reply) => {
    const body = checkBody(request.body)
    const { aliases } = context.runtime.config.inference
    const known = lookFor(body.model, request.identity, await context.providers.all(), aliases)
    const target =
      known ??
      findTarget(body.model, request.identity, await context.providers.refreshed(), aliases)
    await relay(context, target, body, request, reply)
    return reply
  })
}

type ChatBody = Record<string, unknown> & { readonly model: string; readonly stream?: unknown }

function checkBody(body: unknown): ChatBody {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new CodedError('VALIDATION_ERROR', 'The body must be a JSON object.')
  const { model, messages } = body as Record<string, unknown>
  if (typeof model !== 'string' || model === '')
    throw new CodedError('VALIDATION_ERROR', 'model must name a model, as provider/model.', {
      details: { param: 'model' },
    })
  if (!Array.isArray(messages))
    throw new CodedError('VALIDATION_ERROR', 'messages must be a list.', {
      details: { param: 'messages' },
    })
  return body as ChatBody
}

async function relay(
  context: ProxyContext,
  target: Target,
  body: ChatBody,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { provider, model } = target
  const startedAt = performance.now()
  const { requestTimeoutMs } = context.runtime.config.inference
  const facts = {
    requestId: request.id,
    accountId: request.identity.id,
    provider: provider.name,
    model,
    stream: body.stream === true,
  }
  const left = new AbortController()
  // The client went away before the answer was whole: the provider must not go on at somebody's cost.
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new CodedError('ABORTED', 'The client left.'))
  })
  // The key went: nobody pays for the rest of the answer any more.
  const unwatch = context.runtime.live.watch({
    identity: request.identity,
    end(reason) {
      if (facts.stream && reply.raw.headersSent && !reply.raw.writableEnded)
        reply.raw.write(`\n\ndata: ${JSON.stringify(openaiError(reason))}\n\n`)
      left.abort(reason)
    },
  })
  reply.raw.once('close', unwatch)
  const signal = AbortSignal.any([
    left.signal,
    context.runtime.signal,
    AbortSignal.timeout(provider.config.timeoutMs ?? requestTimeoutMs),
  ])
  const duration = (): number => Math.round(performance.now() - startedAt)
  let answer: Dispatcher.ResponseData
  try {
    answer = await send(urlOf(provider, 'chat/completions'), {
      method: 'POST',
      dispatcher: context.agent,
      headers: {
        ...headersOf(provider),
        'content-type': 'application/json',
        accept: facts.stream ? 'text/event-stream' : 'application/json',
      },
      body: JSON.stringify({ ...body, model }),
      signal,
    })
  } catch (error) {
    const failure = left.signal.aborted ? left.signal.reason : upstreamError(error, provider.name)
    context.events.failed({ ...facts, durationMs: duration() }, (failure as Error).message)
    throw failure
  }
  for (const name of passed) {
    const value = answer.headers[name]
    if (value !== undefined) reply.header(name, value)
  }
  reply.header('x-alkhub-provider', provider.name).header('x-alkhub-attempts', '1')
  if (facts.stream) reply.header('cache-control', 'no-store')
  reply.code(answer.statusCode)
  answer.body.once('error', (error: Error) => {
    // Half an answer must not look like a whole one: the connection is cut.
    context.events.failed({ ...facts, durationMs: duration() }, error.message)
    reply.raw.destroy()
  })
  answer.body.once('end', () => {
    context.events.answered({ ...facts, status: answer.statusCode, durationMs: duration() })
  })
  reply.send(answer.body)
}
