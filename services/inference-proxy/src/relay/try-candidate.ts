import type { ProxyContext } from '../context.ts'
import type { CodedError } from '@alkdev/errors'
import { isBroken, outputLimitFieldOf } from '../providers/provider.ts'
import type { Provider } from '../providers/provider.ts'
import { serves } from '../routing/candidate.ts'
import type { Candidate } from '../routing/candidate.ts'
import { addNewIds, madeIds } from '../routing/response-pins.ts'
import { translatedInto } from '../translate/translated-into.ts'
import type { AskedProtocol } from '../translate/translated-into.ts'
import { cachePlaceOf } from './answer-cache.ts'
import { Attempt } from './attempt.ts'
import type { Delivered } from './attempt-record.ts'
import type { AttemptBounds } from './attempt-bounds.ts'
import { messageLimit } from './message-limit.ts'
import type { RunningCall } from './relay.ts'
import { upstreamBody } from './request-body.ts'
import { UpstreamError } from './upstream-error.ts'

/**
 * Sends the request to one candidate, within the places of its provider. Resolves when the answer was sent, whole or cut; throws as long as no
 * content was sent.
 */
export async function tryCandidate(
  context: ProxyContext,
  running: RunningCall,
  candidate: Candidate,
  bounds: AttemptBounds,
): Promise<Delivered> {
  const { provider } = candidate
  if (isBroken(provider))
    throw new UpstreamError(
      'UNAVAILABLE',
      `The provider ${provider.name} cannot be used: ${provider.broken}.`,
      { status: 503, next: 'target', isLocal: true },
    )
  const leave = context.providerPlaces.take(provider.id)
  if (leave === undefined)
    throw new UpstreamError(
      'OVERLOADED',
      `The provider ${provider.name} has ${context.runtime.config.inference.maxInFlightPerProvider} requests in flight (inference.maxInFlightPerProvider).`,
      { status: 503, next: 'target', isLocal: true },
    )
  try {
    const into = serves(provider, running.endpoint.protocol)
      ? undefined
      : translatedInto(provider, running.endpoint.protocol)
    if (into === undefined)
      return await attempts(context, running, { ...candidate, provider }, bounds)
    return await translated(context, running, { ...candidate, provider, into }, bounds)
  } finally {
    leave()
  }
}

/** Sends the request in another protocol, which the provider serves. The packages for it are loaded with the first such request. */
async function translated(
  context: ProxyContext,
  running: RunningCall,
  candidate: Candidate & { readonly provider: Provider; readonly into: AskedProtocol },
  bounds: AttemptBounds,
): Promise<Delivered> {
  const { provider, model, into } = candidate
  const { call, outputLimit, endpoint, body, reply, request, answer, signal } = running
  const [{ readRequest }, { TranslatedAttempt }, { passedTier }] = await Promise.all([
    import('../translate/translation.ts'),
    import('../translate/translated-attempt.ts'),
    import('../translate/passed-tier.ts'),
  ])
  if (outputLimit !== undefined && !answer.isBegun)
    reply.header('x-alkhub-output-limit', String(outputLimit))
  const read = (): ReturnType<typeof readRequest> => {
    try {
      return readRequest(endpoint.protocol, body.value)
    } catch (error) {
      const { code, message } = error as CodedError
      if (code !== 'VALIDATION_ERROR') throw error
      // Another target may serve the protocol itself.
      throw new UpstreamError(code, message, { status: 400, next: 'target', isLocal: true })
    }
  }
  const asked = read()
  const form = provider.config.protocol === 'google' ? 'google' : into
  const tier = passedTier(endpoint.protocol, form, body.value)
  return new TranslatedAttempt({
    context,
    endpoint,
    provider,
    model,
    into,
    asked,
    body: body.value,
    outputLimit,
    streamed: body.value['stream'] === true,
    request,
    reply,
    answer,
    bounds,
    tier,
    ledger: call.attempt({ provider, model }, tier),
    signal,
    hooks: running.hooks,
    onContent: (data, isEvent) => running.content?.take(data, isEvent),
    onWhole: keeping(context, running, candidate),
  }).run()
}

/** Asks for the usage of a stream, and once more without when the provider does not take that. */
async function attempts(
  context: ProxyContext,
  running: RunningCall,
  candidate: Candidate & { readonly provider: Provider },
  bounds: AttemptBounds,
): Promise<Delivered> {
  const { call, endpoint, body, reply, request, answer, signal } = running
  const { provider, model } = candidate
  const { usageAsking } = context.relay
  const outputLimit = await messageLimit(endpoint, body, candidate, {
    prices: context.prices,
    given: running.outputLimit,
    usual: context.runtime.config.inference.defaultMaxOutputTokens,
  })
  if (outputLimit !== undefined && !answer.isBegun)
    reply.header('x-alkhub-output-limit', String(outputLimit))
  const onData = pinning(context, running, candidate)
  const streamed = body.value['stream'] === true
  const run = (asks: boolean): { readonly asks: boolean; run(): Promise<Delivered> } => {
    const sent = upstreamBody(endpoint, body, {
      model,
      outputLimit,
      outputLimitField: outputLimitFieldOf(provider),
      mayAskForUsage: asks,
    })
    const attempt = (): Attempt =>
      new Attempt({
        context,
        endpoint,
        provider,
        model,
        body: sent,
        streamed,
        request,
        reply,
        answer,
        bounds,
        hooks: running.hooks,
        onData,
        onContent: (data, isEvent) => running.content?.take(data, isEvent),
        onWhole: keeping(context, running, candidate),
        ledger: call.attempt({ provider, model }),
        signal,
      })
    return { asks: sent.asksForUsage, run: () => attempt().run() }
  }
  const first = run(usageAsking.mayAsk(provider))
  try {
    return await first.run()
  } catch (error) {
    if (!first.asks || !isBadRequest(error) || signal.aborted) throw error
    const delivered = await run(false).run()
    usageAsking.wasRefused(provider)
    return delivered
  }
}

/** Keeps the whole answer of a candidate for the next request with the same bytes. */
function keeping(
  { relay: { cache } }: ProxyContext,
  { endpoint, body, request: { identity, headers }, outputLimit, hooks }: RunningCall,
  candidate: Candidate,
): (bytes: Buffer) => void {
  const caller = { accountId: identity.id, headers, outputLimit }
  // What a hook decides may change.
  const place =
    hooks?.checksAnswers === true ? undefined : cachePlaceOf(endpoint, body, candidate, caller)
  return (bytes) => {
    if (place !== undefined) cache.set(place, bytes)
  }
}

/** Remembers which provider and key made a response, so that the next request of the conversation goes there. */
function pinning(
  { routing: { pins } }: ProxyContext,
  { endpoint, request }: RunningCall,
  { provider, keyName }: Candidate,
): (data: unknown) => void {
  if (endpoint.protocol !== 'responses' || endpoint.isFree === true) return () => undefined
  const known = new Set<string>()
  return (data) => {
    const ids = addNewIds(known, madeIds(data))
    void pins.keep(request.identity.id, ids, { providerId: provider.id, keyName })
  }
}

function isBadRequest(error: unknown): boolean {
  return (
    error instanceof UpstreamError && error.code === 'UPSTREAM_ERROR' && error.httpStatus === 400
  )
}
