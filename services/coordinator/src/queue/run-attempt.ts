import type { Bus } from '@alkdev/bus'
import { ACTING_KEYS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError, withUnknownOutcome } from '@alkdev/operations'
import type { ClaimedCall } from '@alkdev/storage'
import { actingKeysOf } from './acting-keys.ts'
import { queuedIdentity } from './queued-identity.ts'
import type { QueuedRights } from './queued-identity.ts'
import { decideRetry } from './retry-policy.ts'
import type { RetryDecision } from './retry-policy.ts'

export type AttemptOutcome =
  | { readonly kind: 'completed'; /** A ResponseEnvelope as JSON. */ readonly envelope: string }
  | RetryDecision

type AttemptRuntime = Pick<ServiceRuntime, 'db' | 'authenticator' | 'live'> & {
  readonly bus: Pick<Bus, 'call' | 'lookUp' | 'directory'>
}

/** The idempotency key that the provider gets: the same for every attempt. */
export function providerKeyOf({ id, retry, idempotencyKey }: ClaimedCall): string | undefined {
  return idempotencyKey ?? (retry === 'keyed' ? id : undefined)
}

/**
 * Makes one attempt of a claimed call, with the rights that its caller has now, and decides what becomes of the call. Never rejects. `signal`
 * aborts the attempt; its reason is the CallError that it then ends with.
 */
export async function runAttempt(
  runtime: AttemptRuntime,
  claim: ClaimedCall,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  try {
    signal.throwIfAborted()
    const rights = await queuedIdentity(runtime, claim)
    await requireVisible(runtime.bus, claim, rights)
    const envelope = await call(runtime, claim, rights, signal)
    return { kind: 'completed', envelope: JSON.stringify(envelope) }
  } catch (thrown) {
    const error = CallError.from(signal.aborted ? signal.reason : thrown)
    return decideRetry({ ...claim, error, claims: claim.token })
  }
}

/** Throws ACCESS_DENIED when the operation is there, and the caller lost the right to see it. */
async function requireVisible(
  bus: AttemptRuntime['bus'],
  { operationName }: ClaimedCall,
  { granted, now }: QueuedRights,
): Promise<void> {
  if ((await bus.lookUp(operationName, now)) !== undefined) return
  if (bus.directory.get(operationName, granted) === undefined) return
  const message = `The rights with which the call was queued no longer allow ${operationName}.`
  throw new CallError('ACCESS_DENIED', message)
}

async function call(
  { bus, live }: AttemptRuntime,
  claim: ClaimedCall,
  { now: principal, authenticated }: QueuedRights,
  signal: AbortSignal,
): Promise<unknown> {
  const revoked = new AbortController()
  const unwatch = live.watch({
    authenticated,
    end: (reason) => revoked.abort(withUnknownOutcome(reason)),
  })
  const idempotencyKey = providerKeyOf(claim)
  const actingKeys = actingKeysOf(claim.metadata)
  try {
    const { envelope } = await bus.call(claim.operationName, JSON.parse(claim.input), {
      principal,
      callId: claim.attemptCallId,
      parentCallId: claim.id,
      depth: claim.depth + 1,
      timeoutMs: claim.timeoutMs,
      signal: AbortSignal.any([signal, revoked.signal]),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(claim.traceparent !== null && { traceparent: claim.traceparent }),
      metadata: {
        queuedCallId: claim.id,
        ...(actingKeys.length > 0 && { [ACTING_KEYS]: actingKeys }),
      },
    })
    return envelope
  } catch (error) {
    // What a handler makes of the abort is not the reason.
    throw revoked.signal.aborted ? revoked.signal.reason : error
  } finally {
    unwatch()
  }
}
