import { CallError } from '@alkdev/operations'
import { sleep, uuidv7 } from '@alkdev/std'
import {
  addCompaction,
  countCompactions,
  finishStep,
  readConversation,
  readOpenToolCalls,
  readTurnProgress,
  startStep,
} from '@alkdev/storage/sessions'
import type { OpenToolCall, StartedStep } from '@alkdev/storage/sessions'
import type { ClaimedWork } from '../../claims/claim-worker.ts'
import { ClaimLost } from './claim-lost.ts'
import { DeltaWriter } from '../watch/delta-stream.ts'
import { MAX_MESSAGES, runModelStep, summarise } from '../model/model-step.ts'
import { runToolCalls } from '../tools/run-tool-calls.ts'
import { StepFailure } from '../model/step-failure.ts'
import { ToolRunner } from '../tools/tool-runner.ts'
import { openWorktree } from './open-worktree.ts'
import type { TurnCheckpoints } from './turn-checkpoints.ts'
import { TurnHold } from './turn-hold.ts'
import type { TurnHoldOptions, TurnOutcome } from './turn-hold.ts'
import { TurnOver } from './turn-over.ts'
import type { TurnRights } from './turn-rights.ts'
import { isAnswered } from './known-turn.ts'
import type { KnownTurn, ReadRights } from './known-turn.ts'
import { traceTurn } from './trace-turn.ts'
import { turnRole } from './turn-role.ts'
import { waitForBudget } from './wait-for-budget.ts'
import type { WorktreeHead } from './worktree-head.ts'
import type { TurnRole } from './turn-role.ts'

/** Summaries of a conversation in a row that do not bring the next step under the limit. */
const MAX_COMPACTIONS = 2
/** Attempts of a step whose model call failed. */
const MAX_STEP_ATTEMPTS = 4
const RETRY_MS = 1000
/** A provider that refuses for longer makes the turn wait without its claim. */
const KEPT_WAIT_MS = 10_000
const MAX_RATE_WAIT_MS = 3_600_000
/** Milliseconds for which rights that were read are those of now. */
const RIGHTS_MS = 100

/**
 * The work of this process on the turn of one session whose claim it holds: steps of the model, and the tool calls that each asks for, until the
 * turn ends or waits. Every fact is stored before the next thing is done, so that another process goes on from there.
 */
export class ActiveTurn implements ClaimedWork<TurnOutcome> {
  readonly #hold: TurnHold
  #checkpoints: TurnCheckpoints | undefined
  #head: WorktreeHead | undefined
  #known: KnownTurn | undefined

  constructor(options: TurnHoldOptions) {
    this.#hold = new TurnHold(options)
  }

  /** What the latest reading of the session has seen. */
  get wakeSeq(): number {
    return (this.#hold.session as TurnHold['session'] | undefined)?.wakeSeq ?? -1
  }

  /** Another process has the claim: nothing more is started or written. Calls that run go on. */
  onLost(): void {
    this.#hold.isLost = true
    this.#hold.leave()
  }

  /** Starts no more steps, and gives the session back. */
  stop(): void {
    this.#hold.isStopping = true
  }

  /** Drops the step that runs, and leaves calls to their providers, because the process stops. */
  abandon(): void {
    this.#hold.isStopping = true
    this.#hold.leave()
  }

  /** Reads whether the turn is to be aborted, or another process, or none, has the session. */
  async lookAgain(): Promise<void> {
    await this.#hold.refresh().catch((error: unknown) => {
      if (!(error instanceof ClaimLost)) throw error
      this.onLost()
    })
  }

  async work(): Promise<TurnOutcome> {
    const hold = this.#hold
    try {
      if (!(await hold.open())) return 'idle'
      return await traceTurn(hold, () => this.#steps())
    } catch (error) {
      if (error instanceof ClaimLost || hold.isLost) return 'lost'
      await this.#checkpoints?.done
      if (hold.isLeaving) return await hold.release()
      if (error instanceof TurnOver) {
        if (error.end.reason === 'completed') await this.#head?.settle(hold)
        return await hold.end(error.end)
      }
      if (hold.isAborted) return await hold.end(hold.userStop)
      throw error
    }
  }

  async #steps(): Promise<TurnOutcome> {
    const { head, checkpoints } = await openWorktree(this.#hold)
    this.#head = head
    this.#checkpoints = checkpoints
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one step after the other
      const outcome = await this.#next()
      if (outcome !== undefined) return outcome
    }
  }

  /** Ends a turn that cannot be worked on, so that it is seen. */
  fail(thrown: unknown): Promise<TurnOutcome> {
    const { code, message } = CallError.from(thrown)
    return this.#hold.end({ reason: 'internal-error', error: JSON.stringify({ code, message }) })
  }

  /** One step of the model with its tool calls, or the end. */
  async #next(): Promise<TurnOutcome | undefined> {
    const hold = this.#hold
    const { runtime, isHeld } = hold.options
    if (hold.isLost) return 'lost'
    const known = this.#known
    this.#known = undefined
    if (known?.isSeen === true) hold.throwIfAborted()
    if (known !== undefined && isAnswered(known.progress)) throw new TurnOver('completed')
    const [read, role, open, progress] = await Promise.all([
      known?.rights ?? this.#readRights(),
      turnRole(runtime.db, hold.session),
      known?.open ?? readOpenToolCalls(runtime.db, hold.turn.id),
      known?.progress ?? readTurnProgress(runtime.db, hold.turn.id),
      known?.isSeen === true ? undefined : hold.refresh(),
    ])
    hold.throwIfAborted()
    if (hold.isStopping) return this.#release()
    if (!isHeld()) throw new ClaimLost()
    const { rights } = read
    if (open.length > 0) return this.#runTools(open, read, role)
    if (isAnswered(progress)) throw new TurnOver('completed')
    const { maxSteps, turnMs } = runtime.config.sessions
    const { lastStep, attempts } = progress
    const number = lastStep + 1
    if (number > (role.maxSteps ?? maxSteps) || hold.workedMs > turnMs)
      throw new TurnOver('turn-limit', TURN_LIMIT)
    return this.#runStep(number, attempts, rights, role)
  }

  /** Begins to read the rights. */
  #readRights(): Promise<ReadRights> {
    const reading = this.#hold.rights().then((rights) => ({ rights, at: performance.now() }))
    // The step that awaits them gets the failure.
    reading.catch(() => undefined)
    return reading
  }

  async #release(): Promise<TurnOutcome> {
    await this.#checkpoints?.done
    return this.#hold.release()
  }

  async #runTools(
    open: readonly OpenToolCall[],
    { rights, at }: ReadRights,
    role: TurnRole,
  ): Promise<TurnOutcome | undefined> {
    const hold = this.#hold
    const { runtime } = hold.options
    const { wakeSeq } = hold.session
    const runner = new ToolRunner({
      ...hold.options,
      session: hold.session,
      orgId: hold.session.orgId,
      turnId: hold.turn.id,
      timeoutMs: runtime.config.limits.maxCallTimeoutMs,
      traceparent: hold.traceparent,
    })
    const place = await hold.place()
    const isAtSpoke = ({ callId, operationName }: OpenToolCall): boolean =>
      callId === null && operationName?.startsWith(`${place?.prefix}.`) === true
    if (place !== undefined && open.some((call) => isAtSpoke(call))) {
      const there = await hold.awaitSpoke(place, wakeSeq)
      if (there !== 'there') return there
    }
    await this.#checkpoints?.before(open, rights.granted, place)
    const { signal } = hold
    let isOneWaiting = false
    const isLeft = await runToolCalls(open, role.concurrency, async (call) => {
      // With the rights of now: what came before the call may have taken long.
      const isNow = performance.now() - at < RIGHTS_MS
      const now = isNow ? rights : await hold.rights()
      const outcome = await runner.run(call, now, signal, () => hold.isLeaving)
      isOneWaiting ||= outcome === 'waiting'
      return outcome
    })
    if (isLeft) {
      if (hold.isStopping && !hold.isLost) return this.#release()
      throw new ClaimLost()
    }
    if (isOneWaiting) {
      const left = await readOpenToolCalls(runtime.db, hold.turn.id)
      const waiting = left.filter(({ status }) => status === 'waiting')
      if (waiting.length > 0) {
        await this.#head?.settle(hold)
        return hold.park('tools', wakeSeq, waiting)
      }
    }
    const step = open[0]?.step ?? 0
    this.#checkpoints?.after(step, open, rights.granted, place)
    if (!isOneWaiting)
      this.#known = {
        progress: { lastStep: step, hasCalls: true, attempts: 0 },
        open: [],
        isSeen: false,
      }
    return undefined
  }

  async #runStep(
    number: number,
    attempts: number,
    rights: TurnRights,
    role: TurnRole,
  ): Promise<TurnOutcome | undefined> {
    const hold = this.#hold
    const { runtime, isHeld } = hold.options
    const { session, turn } = hold
    const model = session.model ?? role.model ?? runtime.config.sessions.model
    if (model === undefined) throw new TurnOver('provider-error', NO_MODEL)
    const place = await hold.place()
    const there = place === undefined ? 'there' : await hold.awaitSpoke(place, session.wakeSeq)
    if (there !== 'there') return there
    const { claim } = hold.options
    const conversation = readConversation(runtime.db, session.id, MAX_MESSAGES)
    // The step waits for it.
    conversation.catch(() => undefined)
    const attempt = { sessionId: session.id, turnId: turn.id, step: number, model }
    const { step, isSteered, dropped } = hold.stored(
      await startStep(runtime.db, claim, { ...attempt, callId: uuidv7() }),
    )
    if (dropped > 0) hold.countDropped('fence-lost', dropped)
    const deltas = new DeltaWriter(runtime.redis, runtime.config.redis.prefix, step.id)
    try {
      const result = await runModelStep(
        runtime,
        {
          session,
          step,
          role,
          rights,
          place,
          traceparent: hold.traceparent,
          conversation: isSteered
            ? readConversation(runtime.db, session.id, MAX_MESSAGES)
            : conversation,
        },
        { isHeld, onDelta: (delta) => deltas.add(delta), signal: hold.signal },
      )
      await deltas.end()
      const hasCalls = result.toolCalls.length > 0
      const ahead = hasCalls ? this.#readRights() : undefined
      const finished = hold.stored(await finishStep(runtime.db, claim, step, result, hold.workedMs))
      if (finished !== undefined)
        this.#known = {
          progress: { lastStep: number, hasCalls, attempts: 0 },
          open: finished.planned,
          isSeen: true,
          rights: ahead,
        }
      return undefined
    } catch (error) {
      await deltas.end()
      if (error instanceof ClaimLost || hold.isLost) throw error
      return this.#onStepFailed(step, attempts, error, { rights, role })
    }
  }

  async #onStepFailed(
    step: StartedStep,
    attempts: number,
    error: unknown,
    by: { readonly rights: TurnRights; readonly role: TurnRole },
  ): Promise<TurnOutcome | undefined> {
    const hold = this.#hold
    const { wakeSeq } = hold.session
    if (hold.isAborted || hold.isLeaving) {
      const reason = hold.isLeaving ? 'fence-lost' : 'user-stop'
      await hold.dropStep(step, { reason })
      if (hold.isLeaving) return this.#release()
      hold.throwIfAborted()
    }
    const failure = StepFailure.from(error)
    const { reason, isRetryable, retryAfterMs } = failure
    await hold.dropStep(step, { reason, error: failure.toJson() })
    if (reason === 'context-exhausted') return this.#compact(step, failure, by)
    if (reason === 'revoked') throw await hold.revoked(failure.toJson())
    if (reason === 'budget') return waitForBudget(hold, failure, wakeSeq)
    const waitMs = retryAfterMs ?? RETRY_MS * 2 ** attempts
    if (!isRetryable || attempts + 1 >= MAX_STEP_ATTEMPTS || waitMs > MAX_RATE_WAIT_MS)
      throw new TurnOver(reason, failure.toJson())
    if (reason === 'rate-limit' && waitMs > KEPT_WAIT_MS)
      return hold.park('rate-limit', wakeSeq, [], waitMs)
    await sleep(Math.min(waitMs, KEPT_WAIT_MS), hold.signal).catch(() => undefined)
    return undefined
  }

  /** Makes the conversation shorter. Two summaries in a row that did not help end the turn. */
  async #compact(
    step: StartedStep,
    failure: StepFailure,
    by: { readonly rights: TurnRights; readonly role: TurnRole },
  ): Promise<undefined> {
    const hold = this.#hold
    const { runtime, isHeld } = hold.options
    const { session, turn, signal } = hold
    // By the rows: another process may have made one of them.
    if ((await countCompactions(runtime.db, session.id, turn.id)) >= MAX_COMPACTIONS)
      throw new TurnOver('context-exhausted', failure.toJson())
    try {
      const summed = { ...step, callId: uuidv7() }
      const { traceparent } = hold
      const summary = { session, step: summed, traceparent, ...by }
      const text = await summarise(runtime, summary, { isHeld, signal })
      await hold.write((tx) => addCompaction(tx, session.id, turn.id, text))
    } catch (error) {
      if (error instanceof ClaimLost || signal.aborted) throw error
      throw new TurnOver('context-exhausted', failure.toJson())
    }
    return undefined
  }
}

const TURN_LIMIT = JSON.stringify({
  code: 'TIMEOUT',
  message: 'The turn reached its number of steps or its time.',
})
const NO_MODEL = JSON.stringify({
  code: 'VALIDATION_ERROR',
  message: 'No model is set for the session, its role or the hub (sessions.model).',
})
