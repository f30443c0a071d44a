import type { Bus, DirectoryEntry } from '@alkdev/bus'
import { HUB_ATTRIBUTES, TRACE_ATTRIBUTES, WORKFLOW_RUN, workflowRunOf } from '@alkdev/contracts'
import type { Tracer, TraceSpan } from '@alkdev/contracts'
import { ACTING_KEYS, STORED_GRANT } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError, retryClassOf } from '@alkdev/operations'
import type { ClaimedCall } from '@alkdev/storage/queue'
import { actingKeysOf } from './acting-keys.ts'
import { claimedIdentity } from './queued-identity.ts'
import type { QueuedRights, StoredRuntime } from './queued-identity.ts'
import { decideRetry, stricterClass } from './retry-policy.ts'
import type { RetryDecision } from './retry-policy.ts'
import { watchQueuedRights } from './watch-queued-rights.ts'

export type AttemptOutcome =
  | { readonly kind: 'completed'; /** A ResponseEnvelope as JSON. */ readonly envelope: string }
  | RetryDecision

export type AttemptRuntime = StoredRuntime &
  Pick<ServiceRuntime, 'live'> & {
    /** Looks keys up at the start of the attempt. Default: `authenticator`. */
    readonly ahead?: StoredRuntime['authenticator']
    readonly tracer?: Tracer | undefined
    readonly bus: Pick<Bus, 'call' | 'lookUp' | 'directory' | 'mayContinue'>
  }

/** The idempotency key that the provider gets: the same for every attempt. */
export function providerKeyOf({ id, retry, idempotencyKey }: ClaimedCall): string | undefined {
  return idempotencyKey ?? (retry === 'keyed' ? id : undefined)
}

/**
 * Makes one attempt of a claimed call, with the rights that its caller has now, and decides what becomes of the call. Never rejects. `signal`
 * aborts the attempt; its reason is the CallError that it then ends with. `isHeld`: whether this process still has the claim; a process that was
 * frozen before the attempt started does not start it.
 */
export async function runAttempt(
  runtime: AttemptRuntime,
  claim: ClaimedCall,
  signal: AbortSignal,
  isHeld: () => boolean,
): Promise<AttemptOutcome> {
  const { tracer } = runtime
  const span = tracer && startAttemptSpan(tracer, claim)
  if (tracer === undefined || span === undefined) return attemptCall(runtime, claim, signal, isHeld)
  const traced = { ...claim, traceparent: span.traceparent }
  const scope = tracer.scope(span.traceparent)
  const work = (): Promise<AttemptOutcome> => attemptCall(runtime, traced, signal, isHeld)
  const outcome = await (scope === undefined ? work() : scope.run(work))
  scope?.end()
  span.end(outcome.kind === 'completed' ? undefined : outcome.kind)
  return outcome
}

/** A span for the work on a queued call, below the call that queued it. Undefined when its trace is not recorded. */
function startAttemptSpan(tracer: Tracer, claim: ClaimedCall): TraceSpan | undefined {
  const { operationName, traceparent, id, attempts } = claim
  const span = tracer.start(`process ${operationName}`, 'consumer', traceparent ?? undefined)
  span?.set(TRACE_ATTRIBUTES.MESSAGING_SYSTEM, 'alkhub.queue')
  span?.set(TRACE_ATTRIBUTES.MESSAGING_OPERATION, 'process')
  span?.set(TRACE_ATTRIBUTES.MESSAGING_DESTINATION, 'calls')
  span?.set(HUB_ATTRIBUTES.QUEUED_CALL_ID, id)
  span?.set(HUB_ATTRIBUTES.ATTEMPT, attempts)
  return span
}

async function attemptCall(
  runtime: AttemptRuntime,
  claim: ClaimedCall,
  signal: AbortSignal,
  isHeld: () => boolean,
): Promise<AttemptOutcome> {
  // The operation may have another class than when the call was queued.
  let { retry } = claim
  try {
    signal.throwIfAborted()
    const rights = await claimedIdentity(runtime, claim, runtime.ahead)
    const entry = await requireVisible(runtime.bus, claim, rights)
    if (entry !== undefined) retry = stricterClass(claim.retry, retryClassOf(entry.spec))
    if (retry === 'never' && claim.attempts > 1)
      throw new CallError(
        'PROVIDER_LOST',
        'An earlier attempt may have run, and the operation must no longer be repeated.',
        { outcome: 'unknown', reason: 'retry-class' },
      )
    if (!isHeld()) throw new CallError('PROVIDER_UNAVAILABLE', 'The claim of the call has ended.')
    const envelope = await call(runtime, { ...claim, retry }, rights, signal)
    return { kind: 'completed', envelope: JSON.stringify(envelope) }
  } catch (thrown) {
    const error = CallError.from(signal.aborted ? signal.reason : thrown)
    return decideRetry({ ...claim, retry, error, claims: claim.token })
  }
}

/** The operation, if it is there. Throws ACCESS_DENIED when it is there, and the caller lost the right to see it. */
async function requireVisible(
  bus: AttemptRuntime['bus'],
  { operationName }: ClaimedCall,
  { granted, now }: QueuedRights,
): Promise<DirectoryEntry | undefined> {
  const entry = await bus.lookUp(operationName, now)
  if (entry !== undefined || bus.directory.get(operationName, granted) === undefined) return entry
  const message = `The rights with which the call was queued no longer allow ${operationName}.`
  throw new CallError('ACCESS_DENIED', message)
}

async function call(
  runtime: AttemptRuntime,
  claim: ClaimedCall,
  rights: QueuedRights,
  signal: AbortSignal,
): Promise<unknown> {
  const revoked = new AbortController()
  const use = { ...claim, callId: claim.attemptCallId, operationId: claim.operationName }
  const unwatch = watchQueuedRights(runtime, use, rights, (reason) => revoked.abort(reason))
  const idempotencyKey = providerKeyOf(claim)
  const actingKeys = actingKeysOf(claim.metadata)
  const runId = workflowRunOf(claim.metadata)
  try {
    const { envelope } = await runtime.bus.call(claim.operationName, JSON.parse(claim.input), {
      principal: rights.now,
      orphan: 'finish',
      callId: claim.attemptCallId,
      parentCallId: claim.id,
      depth: claim.depth + 1,
      timeoutMs: claim.timeoutMs,
      signal: AbortSignal.any([signal, revoked.signal]),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(claim.traceparent !== null && { traceparent: claim.traceparent }),
      metadata: {
        attemptOf: claim.id,
        ...(claim.grantId !== null && { [STORED_GRANT]: claim.grantId }),
        ...(runId !== undefined && { [WORKFLOW_RUN]: runId }),
        ...(actingKeys.length > 0 && { [ACTING_KEYS]: actingKeys }),
      },
    })
    return envelope
  } catch (error) {
    // The error of a handler that was aborted does not state the reason of the abort.
    throw revoked.signal.aborted ? revoked.signal.reason : error
  } finally {
    unwatch()
  }
}
