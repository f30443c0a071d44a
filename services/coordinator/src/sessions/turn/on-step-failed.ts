import { sleep, uuidv7 } from '@alkdev/std'
import { addCompaction, countCompactions } from '@alkdev/storage/sessions'
import type { StartedStep } from '@alkdev/storage/sessions'
import type { ModelDialects } from '../model/model-dialects.ts'
import { summarise } from '../model/model-step.ts'
import { StepFailure } from '../model/step-failure.ts'
import type { TurnHold, TurnOutcome } from './turn-hold.ts'
import { TurnOver } from './turn-over.ts'
import type { TurnRights } from './turn-rights.ts'
import type { TurnRole } from './turn-role.ts'
import { waitForBudget } from './wait-for-budget.ts'

/** Summaries of a conversation in a row that do not bring the next step under the limit. */
const MAX_COMPACTIONS = 2
/** Attempts of a step whose model call failed. */
const MAX_STEP_ATTEMPTS = 4
const RETRY_MS = 1000
/** A provider that refuses for longer makes the turn wait without its claim. */
const KEPT_WAIT_MS = 10_000
const MAX_RATE_WAIT_MS = 3_600_000

/** An attempt of a step that gave nothing. */
export interface FailedStep {
  readonly step: StartedStep
  /** Attempts of the step before this one. */
  readonly attempts: number
  readonly error: unknown
  readonly rights: TurnRights
  readonly role: TurnRole
  readonly dialects: ModelDialects
  /** Milliseconds that another call of the model may take. */
  readonly maxMs: number
}

/**
 * Drops the attempt, and does what its failure asks for. Gives how the turn is over for this process; `leaving`: the process gives the session back; undefined: the
 * step is to be tried again. Throws TurnOver and ClaimLost.
 */
export async function onStepFailed(
  hold: TurnHold,
  failed: FailedStep,
): Promise<TurnOutcome | 'leaving' | undefined> {
  const { step, attempts, error } = failed
  const { wakeSeq } = hold.session
  if (hold.isAborted || hold.isLeaving) {
    const reason = hold.isLeaving ? 'fence-lost' : 'user-stop'
    await hold.dropStep(step, { reason })
    if (hold.isLeaving) return 'leaving'
    hold.throwIfAborted()
  }
  let failure = StepFailure.from(error)
  await hold.dropStep(step, { reason: failure.reason, error: failure.toJson() })
  if (failure.reason === 'context-exhausted') {
    const ofSummary = await compact(hold, failed, failure)
    if (ofSummary === undefined) return undefined
    failure = ofSummary
  }
  const { reason, isRetryable, retryAfterMs } = failure
  // Throws when they are gone. A key that was replaced while the model was called has passed its grants on, and the step is made again.
  if (reason === 'revoked') await hold.rights()
  if (reason === 'budget') return waitForBudget(hold, failure, wakeSeq)
  const waitMs = retryAfterMs ?? RETRY_MS * 2 ** attempts
  const mayPass = isRetryable || reason === 'revoked'
  if (!mayPass || attempts + 1 >= MAX_STEP_ATTEMPTS || waitMs > MAX_RATE_WAIT_MS) {
    if (reason === 'revoked') throw await hold.revoked(failure.toJson())
    throw new TurnOver(reason, failure.toJson())
  }
  if (reason === 'rate-limit' && waitMs > KEPT_WAIT_MS)
    return hold.park('rate-limit', wakeSeq, [], waitMs)
  await sleep(Math.min(waitMs, KEPT_WAIT_MS), hold.signal).catch(() => undefined)
  return undefined
}

/**
 * Makes the conversation shorter. Two summaries in a row that did not help end the turn. Gives the failure of the call of the model, which is one as of any step: then
 * nothing was made shorter.
 */
async function compact(
  hold: TurnHold,
  { step, rights, role, dialects, maxMs }: FailedStep,
  failure: StepFailure,
): Promise<StepFailure | undefined> {
  const { runtime, isHeld } = hold.options
  const { session, turn, signal } = hold
  // By the rows: another process may have made one of them.
  if ((await countCompactions(runtime.db, session.id, turn.id)) >= MAX_COMPACTIONS)
    throw new TurnOver('context-exhausted', failure.toJson())
  const summed = { ...step, callId: uuidv7() }
  const { traceparent, runId } = hold
  const summary = { session, step: summed, traceparent, runId, rights, role, maxMs }
  let text: string
  try {
    text = await summarise(runtime, summary, { dialects, isHeld, signal })
  } catch (error) {
    if (!(error instanceof StepFailure) || signal.aborted) throw error
    if (error.reason === 'context-exhausted')
      throw new TurnOver('context-exhausted', failure.toJson())
    return error
  }
  await hold.write((tx) => addCompaction(tx, session.id, turn.id, text))
  return undefined
}
