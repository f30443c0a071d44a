import type { Bus } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import { getCall } from '@alkdev/storage'
import { whyNotRepeatable } from '../calls/repeatable-input.ts'
import type { StepRuntime } from './call-step.ts'
import type { OpenCall } from './step-facts.ts'

/** Milliseconds between two tries while Redis or the database is unavailable. */
const AWAY_MS = 1000
/** Milliseconds beyond the longest call after which nothing more is expected of it. */
const MARGIN_MS = 60_000

/**
 * What a call gave whose process is gone: the answer that its provider keeps, for which it waits while the call runs; else what the call log says.
 * Throws the error with which the call ended, and PROVIDER_LOST with `details.outcome` when its answer is lost: `completed`, or `unknown`, because
 * a call that is not found may have run. An abort by `signal` goes to the provider; `isLeft` says whether it does not.
 * `longestMs`: milliseconds that the call may take.
 */
export async function collectLostCall(
  runtime: StepRuntime,
  { callId }: Pick<OpenCall, 'callId'>,
  signal: AbortSignal,
  isLeft: () => boolean,
  longestMs: number = runtime.config.limits.maxCallTimeoutMs,
): Promise<unknown> {
  const until = performance.now() + longestMs + MARGIN_MS
  for (;;) {
    try {
      signal.throwIfAborted()
      // oxlint-disable-next-line no-await-in-loop -- until one of them answers
      const found = await find(runtime, callId, signal)
      if ('error' in found) throw new FoundError(found.error)
      return found.output
    } catch (error) {
      if (error instanceof FoundError) throw error.ended
      if (signal.aborted) {
        if (!isLeft())
          // oxlint-disable-next-line no-await-in-loop -- once
          await runtime.bus.abort(callId, CallError.from(signal.reason).message).catch(() => false)
        throw signal.reason
      }
      if (performance.now() > until) throw lost('unknown')
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(AWAY_MS, signal).catch(() => undefined)
    }
  }
}

/** Tells the end of the call from a failure to look it up. */
class FoundError extends Error {
  readonly ended: CallError

  constructor(ended: CallError) {
    super(ended.message)
    this.ended = ended
  }
}

async function find(
  { bus, db }: Pick<StepRuntime, 'db'> & { readonly bus: Pick<Bus, 'collect'> },
  callId: string,
  signal: AbortSignal,
): Promise<{ readonly output: unknown } | { readonly error: CallError }> {
  const collected = await bus.collect(callId, signal)
  if (collected?.kind === 'answer') return { output: collected.envelope.data }
  if (collected?.kind === 'error') return { error: collected.error }
  const logged = await getCall(db, callId)
  if (logged?.status === 'completed')
    // The log redacts and cuts: an output that it changed is not the answer.
    return whyNotRepeatable(logged.output) === undefined
      ? { output: logged.output }
      : { error: lost('completed') }
  if (logged?.status !== 'failed' || logged.error === null) return { error: lost('unknown') }
  const { code, message, details } = logged.error
  return { error: new CallError(code, message, details) }
}

function lost(outcome: 'unknown' | 'completed'): CallError {
  const message =
    outcome === 'completed'
      ? 'The call completed, but its answer was lost with the coordinator that made it.'
      : 'The coordinator that made the call was lost.'
  return new CallError('PROVIDER_LOST', message, { outcome })
}
