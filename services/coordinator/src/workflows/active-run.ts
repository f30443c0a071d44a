import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import { abortQueuedCall } from '@alkdev/storage/queue'
import { releaseRun, writeRun } from '@alkdev/storage/workflows'
import type { ApprovalRow } from '@alkdev/storage'
import type { NewQueuedCall } from '@alkdev/storage/queue'
import type { RunClaim, RunEnd, RunNews } from '@alkdev/storage/workflows'
import type { ClaimedWork } from '../claims/claim-worker.ts'
import { storedIdentity } from '../queue/queued-identity.ts'
import { queueingCaller } from '../schedules/queueing-caller.ts'
import type { StepRuntime } from './call-step.ts'
import { completeStep, failStep } from './end-step.ts'
import { lookForNews } from './look-for-news.ts'
import { openRun } from './open-run.ts'
import type { OpenedRun } from './open-run.ts'
import { RunCalls } from './run-calls.ts'
import type { EndedCall } from './run-calls.ts'
import { runEndOf } from './run-end.ts'
import { findingOfRun } from './run-finding.ts'
import type { RunWork } from './run-work.ts'
import { addWait, RUN_SUBJECT, startSteps } from './start-steps.ts'
import type { StartedSteps } from './start-steps.ts'

export interface ActiveRunOptions {
  readonly runtime: StepRuntime
  readonly claim: RunClaim
  /** No other process can have the claim yet. */
  readonly isHeld: () => boolean
  /** Events of the run were stored. */
  readonly onWritten: () => void
  /** Calls were queued for steps. */
  readonly onQueued: () => void
  /** A step asks. */
  readonly onAsked: (approval: ApprovalRow) => void
  /** The run has ended, and needs no answer any more. */
  readonly onWithdrawn: (approval: ApprovalRow) => void
  /** The database is unavailable: what failed is repeated. */
  readonly onNotWritten: (error: unknown) => void
}

/** How the work of this process on a run is over. */
export type RunOutcome = 'waiting' | 'completed' | 'failed' | 'aborted' | 'released' | 'lost'

/** Shorter waits are spent with the claim. */
const KEPT_MS = 1000
/** A run that waits is looked at after this time whatever happens: the net below lost wake-ups. With queued calls it is the shorter one. */
const LOOK_AFTER_MS = 300_000
const LOOK_FOR_QUEUED_MS = 60_000
/** Milliseconds for calls to end that were aborted with their run. */
const ABORT_GRACE_MS = 5000
/** Milliseconds between two attempts to write: the first pause, and the longest. */
const WRITE_RETRY_MS = 250
const WRITE_RETRY_CAP_MS = 2000

const NOTHING: StartedSteps = { calls: [], queued: [], asked: [], isEventWaited: false }

/**
 * The work of this process on one run whose claim it holds. What happens is taken into the state, what follows is decided, and events, queued calls and
 * the end are stored in one transaction; calls are made only after that. So every process that loads the log finds what this one knew.
 */
export class ActiveRun implements ClaimedWork<RunOutcome> {
  readonly #options: ActiveRunOptions
  readonly #calls: RunCalls
  readonly #ended: EndedCall[] = []
  #graph!: OpenedRun['graph']
  #work!: RunWork
  #seq = 0
  #news: RunNews = { wakeSeq: -1, abortReason: null, nowMs: 0 }
  #abortedAt: number | undefined
  /** Something may have happened that the database tells. */
  #isNews = true
  #isLost = false
  #isStopping = false
  #wake = Promise.withResolvers<void>()

  constructor(options: ActiveRunOptions) {
    this.#options = options
    this.#calls = new RunCalls({
      runtime: options.runtime,
      isHeld: () => options.isHeld(),
      onEnded: (ended) => this.#ended.push(ended),
      onChange: () => this.#wake.resolve(),
    })
  }

  get wakeSeq(): number {
    return this.#news.wakeSeq
  }

  /** Looks into the database again. */
  lookAgain(): Promise<void> {
    this.#isNews = true
    this.#wake.resolve()
    return Promise.resolve()
  }

  /** Another process has the claim. */
  onLost(): void {
    this.#isLost = true
    this.#calls.leave(true)
    this.#wake.resolve()
  }

  /** Starts no more steps, and gives the run back when its calls have ended. */
  stop(): void {
    this.#isStopping = true
    this.#wake.resolve()
  }

  /** Leaves the calls that still run to their providers, because the process stops. Those that run in this process are aborted. */
  abandon(): void {
    this.#calls.leave(this.#isLost)
    this.#wake.resolve()
  }

  /** Ends a run that cannot be worked on, so that it is seen. */
  async fail(): Promise<void> {
    const { runtime, claim, onWithdrawn } = this.#options
    const error = { code: 'UNKNOWN_ERROR', message: 'The run could not be continued.' }
    const written = await writeRun(runtime.db, claim, {
      // Nothing is appended: any position will do.
      after: -1,
      events: [],
      end: { status: 'failed', error },
      asksAs: RUN_SUBJECT,
    })
    if (written.kind !== 'lost') for (const approval of written.withdrawn) onWithdrawn(approval)
  }

  /** Works until the run has ended, waits, is given back, or is lost. Rejects when the run cannot be read. */
  async work(): Promise<RunOutcome> {
    await this.#open()
    for (;;) {
      if (this.#isNews && !this.#isLost) await this.#look()
      if (this.#isLost) return 'lost'
      this.#takeEnded()
      if (this.#news.abortReason !== null) this.#abort(this.#news.abortReason)
      const started = await this.#start()
      if (started.isEventWaited) this.#isNews = true
      const outcome = await this.#store(started)
      if (outcome !== undefined) return outcome
      for (const call of started.calls) this.#calls.make(call)
      if (this.#isStopping && this.#calls.size === 0 && this.#ended.length === 0) {
        await releaseRun(this.#options.runtime.db, this.#options.claim)
        return 'released'
      }
      await this.#next()
    }
  }

  /** Loads the run, and finds out what became of the calls that its last holder made. */
  async #open(): Promise<void> {
    const { runtime, claim } = this.#options
    const { work, graph, seq } = await openRun(runtime, claim.id)
    this.#work = work
    this.#graph = graph
    this.#seq = seq
    const { root, facts } = work.state
    root.onTransition(({ to, requestId }) => {
      if (to === 'aborted' && requestId !== undefined) this.#onStepAborted(requestId)
    })
    for (const open of facts.open) {
      if (root.getStatus(open.nodeKey) !== 'running')
        this.#ended.push({ open, error: new CallError('ABORTED', 'The step was aborted.') })
      else if (open.mode === 'wait') addWait(work, open)
      else if (open.mode === 'input')
        this.#ended.push({ open, output: JSON.parse(work.run.input) as unknown })
      else if (open.mode === 'call') this.#calls.collect(open, work.run)
    }
  }

  /** As long as the database is unavailable, calls go on. */
  async #look(): Promise<void> {
    this.#isNews = false
    try {
      const found = await lookForNews(this.#work)
      if (found === undefined) this.#isLost = true
      else {
        this.#news = found.news
        this.#ended.push(...found.ended)
      }
    } catch (error) {
      if (CodedError.from(error).code !== 'UNAVAILABLE') throw error
      this.#options.onNotWritten(error)
      this.#isNews = true
      await sleep(WRITE_RETRY_MS)
    }
  }

  #takeEnded(): void {
    const { waits } = this.#work
    for (const ended of this.#ended.splice(0)) {
      if ('error' in ended) failStep(this.#work, ended.open, ended.error)
      else completeStep(this.#work, ended.open, ended.output)
    }
    for (const { open, output, error } of waits.takeDue(performance.now())) {
      if (error === undefined) completeStep(this.#work, open, output)
      else failStep(this.#work, open, error)
    }
  }

  #abort(reason: string): void {
    if (this.#abortedAt !== undefined) return
    this.#abortedAt = performance.now()
    this.#work.state.root.abortAll(reason === '' ? 'The run was aborted.' : reason)
  }

  /** Aborts the call of a step that was aborted: by the policy of the workflow, or with its run. */
  #onStepAborted(callId: string): void {
    const reason = 'The step was aborted.'
    this.#calls.abort(callId, reason)
    this.#work.waits.remove(callId)
    if (this.#work.state.facts.openCall(callId)?.mode !== 'queued') return
    const { db, bus } = this.#options.runtime
    void abortQueuedCall(db, callId, reason)
      .then((abort) =>
        abort?.outcome === 'requested' ? bus.abort(abort.attemptCallId, reason) : undefined,
      )
      // The queued call then runs to its end, and its result is not used.
      .catch(() => undefined)
  }

  #start(): Promise<StartedSteps> {
    const { workflows } = this.#options.runtime.config
    const isOver = this.#isStopping || this.#isLost || this.#abortedAt !== undefined
    return isOver
      ? Promise.resolve(NOTHING)
      : startSteps(this.#work, workflows.maxCallsPerRun - this.#calls.size)
  }

  /** Stores what is new, until it is stored or the claim is lost. Gives the outcome when the work on the run is over with it. */
  async #store({ queued: calls, asked }: StartedSteps): Promise<RunOutcome | undefined> {
    const { runtime, claim, onWritten, onQueued, onAsked, onWithdrawn, onNotWritten } =
      this.#options
    const { state, waits } = this.#work
    const taken = waits.takeSignals()
    const end = this.#endNow()
    const wait = end === undefined ? this.#waitNow() : undefined
    if (!state.hasUnsaved && taken.length === 0 && end === undefined && wait === undefined)
      return undefined
    const events = state.takeUnsaved()
    const finding = end === undefined ? undefined : await findingOfRun(this.#work, end)
    const write = {
      after: this.#seq,
      events,
      taken,
      asked,
      end,
      wait,
      finding,
      asksAs: RUN_SUBJECT,
    }
    for (let pauseMs = WRITE_RETRY_MS; !this.#isLost; pauseMs *= 2) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- until it is written
        const queued = calls.length === 0 ? undefined : await this.#queued(calls)
        // oxlint-disable-next-line no-await-in-loop -- as above
        const written = await writeRun(runtime.db, claim, { ...write, queued })
        if (written.kind === 'lost') break
        this.#seq = written.seq
        onWritten()
        if (calls.length > 0) onQueued()
        for (const approval of written.asked) onAsked(approval)
        for (const approval of written.withdrawn) onWithdrawn(approval)
        if (end !== undefined) return end.status
        if (wait !== undefined && written.kind === 'written') return 'waiting'
        this.#isNews ||= written.kind === 'woken'
        return undefined
      } catch (error) {
        onNotWritten(error)
        if (CodedError.from(error).code !== 'UNAVAILABLE') throw error
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(Math.min(pauseMs, WRITE_RETRY_CAP_MS))
    }
    this.onLost()
    return 'lost'
  }

  async #queued(calls: readonly NewQueuedCall[]) {
    const { granted } = await storedIdentity(this.#options.runtime, this.#work.run)
    return { caller: queueingCaller(granted), calls }
  }

  #endNow(): RunEnd | undefined {
    const { root } = this.#work.state
    if (!root.isComplete() || this.#ended.length > 0) return undefined
    const now = performance.now()
    if (this.#calls.size > 0 && now - (this.#abortedAt ?? now) < ABORT_GRACE_MS) return undefined
    const { maxPayloadBytes } = this.#options.runtime.config.limits
    return runEndOf(root, this.#graph, this.#news.abortReason, maxPayloadBytes)
  }

  /** Whether the run waits from now on, and for how long at most. */
  #waitNow(): { readonly wakeSeq: number; readonly afterMs: number } | undefined {
    const { open } = this.#work.state.facts
    const isBusy = this.#isStopping || this.#isNews || this.#ended.length > 0
    // Those that are made once their start is stored count as well.
    if (isBusy || this.#calls.size > 0 || open.some(({ mode }) => mode === 'call')) return undefined
    const dueMs = this.#dueMs()
    if (dueMs < KEPT_MS) return undefined
    const hasQueued = open.some(({ mode }) => mode === 'queued')
    const afterMs = Math.min(dueMs, hasQueued ? LOOK_FOR_QUEUED_MS : LOOK_AFTER_MS)
    return { wakeSeq: this.#news.wakeSeq, afterMs }
  }

  /** Milliseconds until something is due by time alone: 0 when it is already, Infinity when nothing will be. */
  #dueMs(): number {
    if (this.#isStopping) return Infinity
    const { root, facts } = this.#work.state
    const now = performance.now()
    const { maxCallsPerRun } = this.#options.runtime.config.workflows
    // What is due already waits for the end of another call then.
    const isFull = this.#calls.size >= maxCallsPerRun
    let first = this.#work.waits.dueAt ?? Infinity
    for (const key of root.readyNodes()) {
      const { notBefore } = facts.of(key)
      if (notBefore > now || !isFull) first = Math.min(first, notBefore)
    }
    return Math.max(0, first - now)
  }

  /** Waits for whatever comes first: the end of a call, news, a time. */
  async #next(): Promise<void> {
    if (this.#isNews || this.#ended.length > 0) return
    const graceMs = this.#abortedAt === undefined ? Infinity : ABORT_GRACE_MS
    const dueMs = Math.min(this.#dueMs(), graceMs, LOOK_AFTER_MS)
    const timer = setTimeout(() => this.#wake.resolve(), dueMs + 1)
    await this.#wake.promise
    clearTimeout(timer)
    this.#wake = Promise.withResolvers()
  }
}
