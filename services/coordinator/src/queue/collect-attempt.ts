import type { Bus, Collected } from '@alkdev/bus'
import { CallError, localEnvelope } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import { getCall } from '@alkdev/storage'
import type { StoredCall } from '@alkdev/storage'
import type { ClaimedCall } from '@alkdev/storage/queue'
import { whyNotRepeatable } from '../calls/repeatable-input.ts'
import { watchCollected } from '../calls/watch-collected.ts'
import { storedIdentity } from './queued-identity.ts'
import { decideRetry } from './retry-policy.ts'
import type { AttemptOutcome, AttemptRuntime } from './run-attempt.ts'

type CollectRuntime = AttemptRuntime & {
  readonly bus: AttemptRuntime['bus'] & Pick<Bus, 'abort' | 'collect'>
}

/** Milliseconds between two attempts while Redis or the database is unavailable. */
const AWAY_MS = 1000
/** Milliseconds after the end of an attempt's time limit at which the coordinator stops waiting for its answer. */
const MARGIN_MS = 60_000

/** The reason with which attempts end at the end of the drain. */
export const DRAINING = new CallError('PROVIDER_LOST', 'The coordinator stops.', {
  outcome: 'unknown',
  reason: 'draining',
})

/**
 * Finds the outcome of an attempt whose holder is lost, and decides on it as the holder would have: the answer that its provider keeps, for
 * which it waits while the attempt runs; otherwise the row of the call log; otherwise PROVIDER_LOST with an unknown outcome. An abort by
 * `signal` goes to the provider, except at the end of the drain. Never rejects; `onFailure` gets the errors after which it tries again.
 *
 * The lease of the claim ends at least 4 s after the loss of its holder, the lease of the holder on the bus after 2.5 s: by then the record
 * of the attempt has been written, if it could be written.
 */
export async function collectAttempt(
  runtime: CollectRuntime,
  claim: ClaimedCall,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<AttemptOutcome> {
  const until = performance.now() + claim.timeoutMs + MARGIN_MS
  const rights = new AbortController()
  const ending = AbortSignal.any([signal, rights.signal])
  const unwatch = watchCollected(
    runtime,
    { callId: claim.attemptCallId, operationId: claim.operationName },
    () => storedIdentity(runtime, claim),
    (reason) => rights.abort(reason),
  )
  try {
    for (;;) {
      ending.throwIfAborted()
      try {
        // oxlint-disable-next-line no-await-in-loop -- until one of them answers
        return await found(runtime, claim, ending)
      } catch (error) {
        if (!ending.aborted) onFailure(error)
        if (performance.now() > until) return decided(claim, lost())
        // oxlint-disable-next-line no-await-in-loop -- as above
        await sleep(AWAY_MS, ending)
      }
    }
  } catch {
    const error = CallError.from(ending.reason)
    if (error === DRAINING) return decided(claim, error)
    await runtime.bus.abort(claim.attemptCallId, error.message).catch(() => undefined)
    return decided(claim, error)
  } finally {
    unwatch()
  }
}

async function found(
  { bus, db }: CollectRuntime,
  claim: ClaimedCall,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const collected = await bus.collect(claim.attemptCallId, signal)
  if (collected !== undefined) return ofCollected(claim, collected)
  const logged = await getCall(db, claim.attemptCallId)
  return logged === undefined ? decided(claim, lost()) : ofLogged(claim, logged)
}

function ofCollected(claim: ClaimedCall, collected: Collected): AttemptOutcome {
  if (collected.kind === 'error') return decided(claim, collected.error)
  return { kind: 'completed', envelope: JSON.stringify(collected.envelope) }
}

/** The log redacts and cuts: an output that it changed is not the answer. */
function ofLogged(
  claim: ClaimedCall,
  { status, output, error, operationName }: StoredCall,
): AttemptOutcome {
  if (status === 'completed') {
    if (whyNotRepeatable(output) !== undefined) return decided(claim, lost('completed'))
    return { kind: 'completed', envelope: JSON.stringify(localEnvelope(output, operationName)) }
  }
  if (error === null || status !== 'failed') return decided(claim, lost())
  return decided(claim, new CallError(error.code, error.message, error.details))
}

function decided(claim: ClaimedCall, error: CallError): AttemptOutcome {
  return decideRetry({ ...claim, error, claims: claim.token })
}

/** `outcome`: `completed` when the attempt is known to have completed, but its answer is not kept. */
function lost(outcome: 'unknown' | 'completed' = 'unknown'): CallError {
  const message =
    outcome === 'completed'
      ? 'The attempt completed, but its answer was lost with the coordinator that made it.'
      : 'The coordinator that made the attempt was lost.'
  return new CallError('PROVIDER_LOST', message, { outcome })
}
