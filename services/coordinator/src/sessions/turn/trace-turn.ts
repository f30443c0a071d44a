import { GEN_AI_ATTRIBUTES, HUB_ATTRIBUTES } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { TurnOver } from './turn-over.ts'
import type { TurnHold, TurnOutcome } from './turn-hold.ts'

/** The operation of the conventions for generative AI that a turn is. */
const OPERATION = 'invoke_agent'

/**
 * Works on a turn below a span, where traces are on. The id of the trace is that of the turn, so that all processes that work on it one after the other write to
 * the same trace, and take the same decision about recording it.
 */
export async function traceTurn(
  hold: TurnHold,
  work: () => Promise<TurnOutcome>,
): Promise<TurnOutcome> {
  const { tracer } = hold.options.runtime
  if (tracer === undefined) return work()
  const { id, traceparent } = hold.turn
  const span = tracer.begin(OPERATION, 'internal', traceparent ?? undefined, id)
  span.set(GEN_AI_ATTRIBUTES.OPERATION, OPERATION)
  span.set(GEN_AI_ATTRIBUTES.CONVERSATION, hold.session.id)
  hold.traceparent = span.traceparent
  const scope = tracer.scope(span.traceparent)
  try {
    const outcome = await (scope === undefined ? work() : scope.run(work))
    span.set(HUB_ATTRIBUTES.TURN_OUTCOME, outcome)
    return outcome
  } catch (error) {
    if (error instanceof TurnOver) span.set(HUB_ATTRIBUTES.TURN_OUTCOME, error.end.reason)
    else span.end(CallError.from(error).code)
    throw error
  } finally {
    scope?.end()
    span.end()
  }
}
