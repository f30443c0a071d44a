import { SCOPES } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { codedErrorOf, onClosed, statusOf } from '@alkdev/http'
import { coversScope } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sleep } from '@alkdev/std'
import type { ProxyContext } from '../context.ts'
import type { OpenedCall } from '../ledger/ledger.ts'
import type { ReportsElsewhere } from '../ledger/reports-elsewhere.ts'
import { askedTiers } from '../prices/tier-names.ts'
import { AttemptPlan } from '../routing/attempt-plan.ts'
import type { PlannedAttempt } from '../routing/attempt-plan.ts'
import type { Candidate } from '../routing/candidate.ts'
import { CallHooks } from '../hooks/call-hooks.ts'
import { HookError } from '../hooks/verdict.ts'
import { CallContent } from '../ledger/call-content.ts'
import { measureBody, NO_BODY } from '../usage/estimate.ts'
import { sessionCallOf } from '../session-calls/authenticate-session.ts'
import { askedOutputOf } from '../usage/output-limit.ts'
import { cachePlaceOf } from './answer-cache.ts'
import type { Delivered } from './attempt-record.ts'
import { ClientAnswer } from './client-answer.ts'
import type { Endpoint } from './endpoint.ts'
import { FirstContentBudget } from './first-content-budget.ts'
import type { ModelBody } from './model-body.ts'
import { tryCandidate } from './try-candidate.ts'
import { sendFailure } from './send-failure.ts'
import { tagsOf } from './call-tags.ts'
import { UpstreamError } from './upstream-error.ts'

const IN_BACKGROUND: ReportsElsewhere = {
  why: 'the answer to a response in the background does not say what it used. Leave out background',
  param: 'background',
}

/** A request to a model, and where it may go. */
export interface RelayedRequest {
  readonly endpoint: Endpoint
  /** The model as the client names it. */
  readonly model: string
  /** In the order in which they are tried. */
  readonly candidates: readonly Candidate[]
  readonly body: ModelBody
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** A call that runs: its request, its row, and what ends it. */
export interface RunningCall extends RelayedRequest, OpenedCall {
  readonly answer: ClientAnswer
  readonly signal: AbortSignal
  /** Where the prompt and the answer are recorded. */
  readonly content: CallContent | undefined
  /** What the answer must pass. */
  readonly hooks: CallHooks | undefined
}

/**
 * Sends a request to the first candidate that accepts it, and the answer to the client. Tries the next one as long as no content has reached
 * the client (`AttemptPlan`). The call has exactly one row in the ledger, however it ends. Throws the error for the client when no candidate
 * answered.
 */
export async function relay(context: ProxyContext, relayed: RelayedRequest): Promise<void> {
  const { request, reply } = relayed
  await guarded(context, request, reply, async (signal) => {
    const { inference } = context.runtime.config
    const hooks = hooksOf(context, relayed, signal)
    const checked = hooks === undefined ? relayed : await checkedRequest(context, relayed, hooks)
    using answer = new ClientAnswer({
      reply,
      protocol: checked.endpoint.protocol,
      pingMs: inference.streamPingMs,
      stallMs: inference.streamIdleTimeoutMs,
    })
    const content = inference.recordContent
      ? new CallContent(checked.endpoint.protocol, checked.body.value)
      : undefined
    const opened = await openCall(context, checked, { content, hooks })
    if (hooks?.checksAnswers !== true && (await sendKept(context, checked, opened))) return
    if (checked.body.value['stream'] === true) answer.startPings()
    await tryAll(context, { ...checked, ...opened, content, hooks, answer, signal })
  })
}

/** A request that only counts tokens passes no hooks. */
function hooksOf(
  context: ProxyContext,
  { endpoint, model, request }: RelayedRequest,
  signal: AbortSignal,
): CallHooks | undefined {
  if (endpoint.isFree === true) return undefined
  const { id: accountId, keyId } = request.identity
  const callId = callIdOf(request)
  return CallHooks.of(context, { callId, accountId, keyId, model, endpoint: endpoint.path }, signal)
}

function callIdOf({ authenticated, id }: FastifyRequest): string {
  return sessionCallOf(authenticated)?.callId ?? id
}

/** The request as the hooks let it pass. One that they refuse has a row that says so, and uses nothing. */
async function checkedRequest(
  context: ProxyContext,
  relayed: RelayedRequest,
  hooks: CallHooks,
): Promise<RelayedRequest> {
  try {
    return { ...relayed, body: await hooks.before(relayed.body) }
  } catch (error) {
    if (!(error instanceof HookError)) throw error
    const endpoint = { ...relayed.endpoint, isFree: true }
    const { call } = await openCall(context, { ...relayed, endpoint }, { hooks })
    call.refuse(error)
    throw error
  }
}

/**
 * Runs the work of a request of a model: within the places of its key or session, with a signal that is aborted when the client leaves, when the key is
 * no longer valid, and when the process ends. Throws RATE_LIMITED.
 */
export async function guarded(
  { keyPlaces, runtime, relay: { endings } }: ProxyContext,
  request: FastifyRequest,
  { raw }: FastifyReply,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { authenticated, identity } = request
  const session = sessionCallOf(authenticated)
  // Many sessions share one key, and one of them must not keep the others from their models.
  const leave = keyPlaces.take(session?.sessionId ?? identity.keyId ?? identity.id)
  if (leave === undefined) {
    const whose = session === undefined ? 'key' : 'session'
    throw new CodedError(
      'RATE_LIMITED',
      `Too many requests of this ${whose} are running already.`,
      {
        retryAfterMs: 1000,
      },
    )
  }
  const ending = new AbortController()
  const ended = endings.add(ending)
  // No tokens are bought for a client that has left, or for a key that is no longer valid.
  onClosed(raw, () => {
    if (!raw.writableFinished)
      ending.abort(new CodedError('ABORTED', 'The client left before the answer was whole.'))
  })
  const unwatch = runtime.live.watch({
    authenticated,
    end: (reason) => ending.abort(reason),
    allowed: (now) => coversScope(now.identity.scopes, SCOPES.INFERENCE_USE),
  })
  try {
    // The body, or the list of providers, may have been slow.
    await runtime.live.confirm(identity)
    await work(ending.signal)
  } finally {
    unwatch()
    ended()
    leave()
  }
}

function openCall(
  { ledger, relay: { parents }, runtime }: ProxyContext,
  { endpoint, model, candidates, body, request }: RelayedRequest,
  {
    content,
    hooks,
  }: { readonly content?: CallContent | undefined; readonly hooks: CallHooks | undefined },
): Promise<OpenedCall> {
  const { traceparent } = request.headers
  const tags = tagsOf(request.headers)
  const isBackground = endpoint.protocol === 'responses' && body.value['background'] === true
  const isFree = endpoint.isFree === true
  const session = sessionCallOf(request.authenticated)
  return ledger.openCall({
    id: callIdOf(request),
    session,
    parentCallId: session?.turnId ?? parents.of(request.headers),
    identity: request.identity,
    countedKeyId: request.authenticated.limits?.countedAs ?? request.identity.keyId,
    instanceId: runtime.bus.instanceId,
    endpoint: endpoint.path,
    requestedModel: model,
    streamed: body.value['stream'] === true,
    targets: candidates,
    body: isFree ? NO_BODY : measureBody(body),
    asked: isFree ? { tokens: 0, answers: 1 } : askedOutputOf(endpoint.protocol, body),
    tiers: askedTiers(body.value),
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    reportsElsewhere: isBackground ? IN_BACKGROUND : undefined,
    content,
    hooks,
    tags: hooks === undefined ? tags : [...tags, ...hooks.tags],
    // The id of a call of a session is in its token, which may come twice.
    overlaps: session === undefined,
  })
}

/** Sends the answer that is kept for the request; false when there is none. Nothing is used, and the row says so. */
async function sendKept(
  { relay: { cache } }: ProxyContext,
  { endpoint, body, candidates, request, reply }: RelayedRequest,
  { call, outputLimit }: OpenedCall,
): Promise<boolean> {
  const { identity, headers } = request
  const caller = { accountId: identity.id, headers, outputLimit }
  const place = cachePlaceOf(endpoint, body, candidates[0], caller)
  if (place === undefined) return false
  const kept = cache.get(place)
  reply.header('x-alkhub-cache', kept === undefined ? 'miss' : 'hit')
  if (kept === undefined) return false
  call.settle({ endedBy: 'done', status: 200, truncated: false })
  reply
    .header('x-alkhub-usage-source', 'none')
    .header('x-alkhub-cost-micros', '0')
    .header('content-type', 'application/json; charset=utf-8')
    .send(kept)
  return true
}

async function tryAll(context: ProxyContext, running: RunningCall): Promise<void> {
  const { reply, candidates, call, signal, request } = running
  const { inference } = context.runtime.config
  const plan = new AttemptPlan({
    candidates,
    maxAttempts: inference.maxAttempts,
    breakers: context.routing.breakers,
    bench: context.routing.bench,
    retryDelayMs: inference.retryDelayMs,
    maxRetryAfterMs: inference.maxRetryAfterMs,
  })
  const budget = new FirstContentBudget(
    request.headers,
    inference.firstContentTimeoutMs,
    inference.maxAttempts,
  )
  let failure: unknown
  try {
    for (let next = plan.next(); next !== undefined; next = plan.next()) {
      // oxlint-disable-next-line no-await-in-loop -- one candidate after the other
      const tried = await tryNext(context, running, plan, next, budget)
      if (tried.delivered !== undefined) {
        const { error } = tried.delivered
        const endedBy = error === undefined ? 'done' : enderOf(error, signal)
        const status = reply.raw.statusCode
        call.settle({ endedBy, status, error, truncated: error !== undefined })
        return
      }
      failure = tried.failure
      if (signal.aborted || tried.isFinal === true || budget.leftMs <= 0) break
    }
    failure ??= allOpen(running, plan.retryAfterMs)
  } finally {
    if (!call.isSettled) settleFailed(running, codedErrorOf(failure))
  }
  sendFailure(running, failure)
}

function settleFailed({ reply, call, answer, signal }: RunningCall, error: CodedError): void {
  const status = reply.raw.destroyed ? null : answer.isBegun ? 200 : statusOf(error)
  call.settle({ endedBy: enderOf(error, signal), status, error, truncated: false })
}

/** What came of one request: an answer, or a failure. */
interface Tried {
  readonly delivered?: Delivered
  readonly failure?: unknown
  /** No other candidate can do better. */
  readonly isFinal?: boolean
}

/** One request of the plan. Does not reject: a failure after a comment was sent must become an event. */
async function tryNext(
  context: ProxyContext,
  running: RunningCall,
  plan: AttemptPlan,
  { candidate, delayMs, followers, hasOtherTarget }: PlannedAttempt,
  budget: FirstContentBudget,
): Promise<Tried> {
  const { reply, answer, signal, body } = running
  if (!answer.isBegun)
    reply
      .header('x-alkhub-provider', candidate.provider.name)
      .header('x-alkhub-attempts', String(plan.made))
  let shareMs = Infinity
  try {
    if (delayMs > 0) await sleep(Math.min(delayMs, budget.leftMs), signal)
    signal.throwIfAborted()
    shareMs = budget.share(followers)
    const delivered = await tryCandidate(context, running, candidate, {
      firstContentMs: shareMs,
      givesWay: hasOtherTarget,
    })
    if (delivered.error === undefined) plan.succeeded(candidate)
    else if (delivered.error instanceof UpstreamError) plan.failed(candidate, delivered.error)
    else plan.abandoned(candidate)
    return { delivered }
  } catch (error) {
    if (signal.aborted || !(error instanceof UpstreamError)) {
      plan.abandoned(candidate)
      return { failure: signal.aborted ? signal.reason : error, isFinal: true }
    }
    const wasShort =
      error.code === 'TIMEOUT' && body.value['stream'] === true && !budget.isFair(shareMs)
    if (plan.failed(candidate, error, !wasShort)) context.events.breakerOpened(candidate.targetId)
    return { failure: error }
  }
}

function allOpen({ model }: RunningCall, retryAfterMs: number): UpstreamError {
  return new UpstreamError(
    'PROVIDER_UNAVAILABLE',
    `All targets of ${JSON.stringify(model)} have failed several times in a row and get no requests for a moment.`,
    { status: 503, next: 'none', isLocal: true, retryAfterMs: Math.ceil(retryAfterMs) },
  )
}

/** Who ended a call that did not end well. */
function enderOf(error: CodedError, signal: AbortSignal): 'client' | 'upstream' | 'hub' {
  if (signal.aborted) return error.code === 'ABORTED' ? 'client' : 'hub'
  if (error.code === 'TIMEOUT' || !(error instanceof UpstreamError)) return 'hub'
  return error.isLocal ? 'hub' : 'upstream'
}
