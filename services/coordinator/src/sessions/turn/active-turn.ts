import { CallError } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import {
  finishStep,
  readConversation,
  readOpenToolCalls,
  readTurnProgress,
  startStep,
} from '@alkdev/storage/sessions'
import type { OpenToolCall } from '@alkdev/storage/sessions'
import type { ClaimedWork } from '../../claims/claim-worker.ts'
import { ClaimLost } from './claim-lost.ts'
import { DeltaWriter } from '../watch/delta-stream.ts'
import type { ModelDialects } from '../model/model-dialects.ts'
import { MAX_MESSAGES, runModelStep } from '../model/model-step.ts'
import { StepFailure } from '../model/step-failure.ts'
import { runToolCalls } from '../tools/run-tool-calls.ts'
import { ToolRunner } from '../tools/tool-runner.ts'
import type { PlaceCheck } from './place-check.ts'
import { openWorktree } from './open-worktree.ts'
import type { TurnCheckpoints } from './turn-checkpoints.ts'
import { StepClock } from './step-clock.ts'
import { TurnHold } from './turn-hold.ts'
import type { TurnHoldOptions, TurnOutcome } from './turn-hold.ts'
import { NO_MODEL, TURN_LIMIT, TurnOver } from './turn-over.ts'
import type { TurnRights } from './turn-rights.ts'
import { isAnswered } from './known-turn.ts'
import type { KnownTurn, ReadRights } from './known-turn.ts'
import { traceTurn } from './trace-turn.ts'
import { turnRole } from './turn-role.ts'
import { TurnQuestions } from './wait-for-answer.ts'
import { onStepFailed } from './on-step-failed.ts'
import type { WorktreeHead } from './worktree-head.ts'
import type { TurnRole } from './turn-role.ts'

/** Milliseconds for which rights that were read are those of now. */
const RIGHTS_MS = 100

/**
 * The work of this process on the turn of one session whose claim it holds: steps of the model, and the tool calls that each asks for, until the
 * turn ends or waits. Every fact is stored before the next thing is done, so that another process goes on from there.
 */
export class ActiveTurn implements ClaimedWork<TurnOutcome> {
  readonly #hold: TurnHold
  readonly #dialects: ModelDialects
  #checkpoints: TurnCheckpoints | undefined
  #head: WorktreeHead | undefined
  #check: PlaceCheck | undefined
  readonly #clock: StepClock
  #known: KnownTurn | undefined
  /** The step whose provider refused the reasoning of earlier ones. */
  #refusedAt: number | undefined
  readonly #questions: TurnQuestions

  constructor(options: TurnHoldOptions, dialects: ModelDialects) {
    this.#dialects = dialects
    this.#hold = new TurnHold(options)
    this.#questions = new TurnQuestions(this.#hold)
    const { turnMs } = options.runtime.config.sessions
    this.#clock = new StepClock(turnMs, () => this.#hold.workedMs)
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
    const { head, checkpoints, check } = await openWorktree(this.#hold)
    this.#head = head
    this.#check = check
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
    const [read, role, open, progress, question] = await Promise.all([
      known?.rights ?? this.#readRights(),
      turnRole(runtime.db, hold.session),
      known?.open ?? readOpenToolCalls(runtime.db, hold.turn.id),
      known?.progress ?? readTurnProgress(runtime.db, hold.turn.id),
      this.#questions.read(),
      known?.isSeen === true ? undefined : hold.refresh(),
    ])
    hold.throwIfAborted()
    if (hold.isStopping) return this.#release()
    if (!isHeld()) throw new ClaimLost()
    const { rights } = read
    if (open.length === 0 && isAnswered(progress)) throw new TurnOver('completed')
    // Calls that were begun are ended first.
    if (question !== undefined && open.every(({ callId }) => callId === null)) {
      await this.#head?.settle(hold)
      return this.#questions.wait(question, rights)
    }
    if (open.length > 0) return this.#runTools(open, read, role)
    const { maxSteps } = runtime.config.sessions
    const { lastStep, attempts } = progress
    const number = lastStep + 1
    if (number > (role.maxSteps ?? maxSteps) || this.#clock.isOver(role))
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
    const step = open[0]?.step ?? 0
    this.#clock.onStep(step)
    const place = await hold.place()
    const runner = new ToolRunner({
      ...hold.options,
      session: hold.session,
      orgId: hold.session.orgId,
      turnId: hold.turn.id,
      boundTo: { place, role },
      runId: hold.runId,
      timeoutMs: this.#clock.leftMs(role),
      traceparent: hold.traceparent,
      rightsNow: () => hold.rightsNow(),
      attachmentOf: async (operationId, by) =>
        place !== undefined && operationId.startsWith(`${place.prefix}.`)
          ? this.#check?.attachmentOf(place, operationId, by)
          : undefined,
    })
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
    const dialects = this.#dialects
    const model = session.model ?? role.model ?? runtime.config.sessions.model
    if (model === undefined) throw new TurnOver('provider-error', NO_MODEL)
    const place = await hold.place()
    const there = place === undefined ? 'there' : await hold.awaitSpoke(place, session.wakeSeq)
    if (there !== 'there') return there
    if (place !== undefined) await this.#check?.look(place, rights.granted)
    this.#clock.onStep(number)
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
          maxMs: this.#clock.leftMs(role),
          runId: hold.runId,
          traceparent: hold.traceparent,
          withoutReasoning: this.#refusedAt === number,
          conversation: isSteered
            ? readConversation(runtime.db, session.id, MAX_MESSAGES)
            : conversation,
        },
        { dialects, isHeld, onDelta: (delta) => deltas.add(delta), signal: hold.signal },
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
      if (error instanceof StepFailure && error.refusesReasoning) this.#refusedAt = number
      const maxMs = this.#clock.leftMs(role)
      const failed = { step, attempts, error, rights, role, dialects, maxMs }
      const outcome = await onStepFailed(hold, failed)
      return outcome === 'leaving' ? this.#release() : outcome
    }
  }
}
