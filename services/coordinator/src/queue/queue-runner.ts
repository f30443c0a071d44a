import type { ServiceRuntime } from '@alkdev/service'
import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import {
  claimDueCalls,
  claimLostCalls,
  expireQueuedCalls,
  handOverQueuedCall,
  readNextDueMs,
  readQueueState,
  renewQueuedCalls,
} from '@alkdev/storage/queue'
import type { ClaimedCall } from '@alkdev/storage/queue'
import { drainWork } from '../claims/drain-work.ts'
import { repeatUntil } from '../jobs/repeat-until.ts'
import type { QueueWaiters } from './queue-waiters.ts'
import { DueTimer } from './due-timer.ts'
import type { QueueEvents } from './queue-events.ts'
import { collectAttempt, DRAINING } from './collect-attempt.ts'
import { outcomeOfDrained } from './outcome-of-drained.ts'
import { abortedError, isHeld } from './running-call.ts'
import type { Running } from './running-call.ts'
import { runAttempt } from './run-attempt.ts'
import type { AttemptOutcome } from './run-attempt.ts'
import { recheckAhead, shareRechecks } from './share-rechecks.ts'
import { OutcomeWriter } from './write-outcomes.ts'

/** Milliseconds of a claim without a renewal, and between two renewals. */
const LEASE_MS = 6000
const RENEW_MS = 2000
/** Milliseconds between two sweeps, which find calls that became due, expired or lost their holder without an announcement. */
const SWEEP_MS = 1000
/** Milliseconds after a failed sweep in which the holders of claims can renew them before they count as gone. */
const AFTER_OUTAGE_MS = 4000
/** Calls of one claim, and of one step of a sweep. */
const MAX_CLAIM = 64
const MAX_SWEPT = 100
/** Keys that are looked up beside a claim. */
const MAX_AHEAD = 16
/** Milliseconds in which free places are collected for one claim. */
const GATHER_MS = 5
/** Attempts to write an outcome that the database refuses although it is reachable. */
const MAX_REFUSED_WRITES = 5
/** Milliseconds between two attempts to write an outcome: the first pause, and the longest. */
const WRITE_RETRY_MS = 250
const WRITE_RETRY_CAP_MS = 2000

export interface QueueRunnerOptions {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly ended: QueueWaiters
  readonly events: QueueEvents
  /** A call has ended here. */
  onEnded(claim: ClaimedCall): void
}

/**
 * Runs queued calls: claims calls that are due while it has free places, makes their attempts, renews the claims meanwhile, and writes the
 * outcomes. PostgreSQL holds everything that must survive a process; this holds only what runs in this one.
 */
export class QueueRunner {
  readonly #options: QueueRunnerOptions
  readonly #attempts: Parameters<typeof collectAttempt>[0]
  readonly #writer: OutcomeWriter
  readonly #due: DueTimer
  readonly #running = new Map<string, Running>()
  readonly #idle: (() => void)[] = []
  /** Attempts in progress: the running calls without those whose outcome is being written. */
  #attempting = 0
  /** Calls wait that the last claim did not take: a place that becomes free may be for one of them. */
  #isMore = true
  /** Keys of calls that were accepted since the last claim, with their accounts. */
  readonly #accepted = new Map<string, string>()
  #claiming = false
  #again = false
  #stopped = true
  #gather: NodeJS.Timeout | undefined
  /** When calls of others may be taken over again, by the monotonic clock in milliseconds. */
  #takeOverAt = 0

  constructor(options: QueueRunnerOptions) {
    this.#options = options
    const { db, bus, live, tracer } = options.runtime
    this.#attempts = { db, bus, live, tracer, authenticator: shareRechecks(options.runtime) }
    this.#writer = new OutcomeWriter(db)
    this.#due = new DueTimer(
      () => readNextDueMs(db),
      () => this.wake(),
    )
  }

  get running(): number {
    return this.#running.size
  }

  /** Places for further calls. */
  get free(): number {
    const { concurrency } = this.#options.runtime.config.queue
    if (this.#stopped) return 0
    // While outcomes are written the next attempts run, but no more than as many outcomes may wait for the database.
    return Math.max(0, concurrency - Math.max(this.#attempting, this.#running.size - concurrency))
  }

  /** Claims, sweeps and renews until the draining begins. */
  start(): void {
    const { runtime, events } = this.#options
    const onError = (error: unknown): void => events.notSwept(error)
    this.#stopped = false
    void repeatUntil({ everyMs: SWEEP_MS, signal: runtime.draining, onError }, () => this.sweep())
    void repeatUntil({ everyMs: RENEW_MS, signal: runtime.signal, onError }, () => this.#renew())
    this.wake()
  }

  /** As `wake`, for calls that a key of the account has queued. */
  wakeFor({ id, keyId }: Pick<Identity, 'id' | 'keyId'>): void {
    if (keyId !== undefined && this.#accepted.size < MAX_AHEAD) this.#accepted.set(keyId, id)
    this.wake()
  }

  /** Claims calls, because some may be due. */
  wake(): void {
    if (this.#claiming) this.#again = true
    else void this.#claim()
  }

  /** Claims calls in `ms` milliseconds, because some are due then. Later ones are found by a sweep. */
  wakeIn(ms: number): void {
    this.#due.expect(ms)
  }

  /** Finds calls that became due, expired, or lost their holder without an announcement. */
  async sweep(): Promise<void> {
    const { runtime, events } = this.#options
    const { db, bus } = runtime
    this.wake()
    try {
      await expireQueuedCalls(db, MAX_SWEPT)
      if (performance.now() >= this.#takeOverAt) {
        const from = performance.now()
        const lost = await claimLostCalls(db, {
          workerInstanceId: bus.instanceId,
          leaseMs: LEASE_MS,
          limit: MAX_SWEPT,
          except: [...this.#running.keys()],
        })
        for (const claim of lost) this.#takeOver(claim, from + LEASE_MS)
      }
      events.state(await readQueueState(db))
      await this.#due.look()
    } catch (error) {
      // While the database was unavailable no claim could be renewed.
      this.#takeOverAt = performance.now() + AFTER_OUTAGE_MS
      throw error
    }
  }

  #takeOver(claim: ClaimedCall, heldUntil: number): void {
    const { events } = this.#options
    events.attemptLost(claim)
    this.#run(claim, { heldUntil, isTakenOver: true }, ({ controller }) =>
      collectAttempt(this.#attempts, claim, controller.signal, (error) =>
        events.notCollected(claim, error),
      ),
    )
  }

  /**
   * Claims no more calls and waits for the running ones. Attempts that still run near the end of the budget go on at their providers, and
   * are handed over; those that run in this process are aborted.
   */
  async drain(signal: AbortSignal, budgetMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#gather)
    this.#due.stop()
    const { bus } = this.#options.runtime
    const abortAll = (): void => {
      for (const running of this.#running.values()) {
        // Attempts that end during the drain read this immediately.
        running.isHandedOver = true
        if (bus.leave(running.claim.attemptCallId)) continue
        running.isHandedOver = running.isTakenOver
        running.controller.abort(DRAINING)
      }
    }
    await drainWork({
      signal,
      budgetMs,
      abandon: abortAll,
      held: () => this.#running.size,
      onIdle: (resolve) => void this.#idle.push(resolve),
      what: 'The end of the running calls',
    })
  }

  /** Aborts an attempt that runs here. */
  abort(callId: string, reason: string): void {
    this.#running.get(callId)?.controller.abort(new CallError('ABORTED', reason))
  }

  async #claim(): Promise<void> {
    const { runtime, events } = this.#options
    const { db, bus, config } = runtime
    this.#claiming = true
    try {
      for (;;) {
        this.#again = false
        const limit = Math.min(this.free, MAX_CLAIM)
        if (limit === 0) {
          this.#isMore = true
          return
        }
        const ahead = recheckAhead(this.#attempts.authenticator, this.#accepted)
        this.#accepted.clear()
        const heldUntil = performance.now() + LEASE_MS
        // oxlint-disable-next-line no-await-in-loop -- one claim after the other
        const { calls, isMore } = await claimDueCalls(db, {
          workerInstanceId: bus.instanceId,
          leaseMs: LEASE_MS,
          limit,
          maxPerAccount: config.queue.maxPerAccount,
          maxPerOperation: config.queue.maxPerOperation,
          maxStartsPerAccount: config.queue.maxStartsPerAccount,
          maxStartsPerOperation: config.queue.maxStartsPerOperation,
          limitsOf: config.queue.limitsOf,
        })
        for (const claim of calls) {
          this.#run(claim, { heldUntil, isTakenOver: false }, (running) =>
            runAttempt({ ...this.#attempts, ahead }, claim, running.controller.signal, () =>
              isHeld(running),
            ),
          )
        }
        this.#isMore = isMore
        if (calls.length < limit && !this.#again) return
      }
    } catch (error) {
      // The next sweep claims again.
      events.notClaimed(error)
    } finally {
      this.#claiming = false
    }
  }

  #run(
    claim: ClaimedCall,
    hold: Pick<Running, 'heldUntil' | 'isTakenOver'>,
    attempt: (running: Running) => Promise<AttemptOutcome>,
  ): void {
    const controller = new AbortController()
    const running: Running = { ...hold, claim, controller, isLost: false, isHandedOver: false }
    // A claim of the same call that a fail-over of PostgreSQL lost.
    const before = this.#running.get(claim.id)
    if (before !== undefined) before.isLost = true
    this.#running.set(claim.id, running)
    if (claim.abortRequested) running.controller.abort(abortedError(claim.abortReason))
    this.#attempting += 1
    void attempt(running)
      .then((outcome) => {
        this.#attempting -= 1
        this.#onPlaceFree()
        return this.#write(running, outcome)
      })
      .finally(() => {
        if (this.#running.get(claim.id) === running) this.#running.delete(claim.id)
        if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
        this.#onPlaceFree()
      })
  }

  #onPlaceFree(): void {
    if (!this.#isMore && !this.#claiming) return
    this.#gather ??= setTimeout(() => {
      this.#gather = undefined
      this.wake()
    }, GATHER_MS).unref()
  }

  /** Writes until it is written, another process has the claim, or the process ends. Never rejects. */
  async #write(running: Running, decided: AttemptOutcome): Promise<void> {
    const { runtime, ended, events } = this.#options
    const { claim, controller } = running
    const outcome =
      controller.signal.reason === DRAINING && decided.kind !== 'completed'
        ? outcomeOfDrained(claim, decided)
        : decided
    let refused = 0
    for (let pauseMs = WRITE_RETRY_MS; !running.isLost; pauseMs *= 2) {
      try {
        if (running.isHandedOver && outcome.kind !== 'completed') {
          // oxlint-disable-next-line no-await-in-loop -- until it is written
          await handOverQueuedCall(runtime.db, claim)
          return
        }
        // oxlint-disable-next-line no-await-in-loop -- as above
        const isOurs = await this.#writer.write(claim, outcome)
        if (isOurs && outcome.kind !== 'retry') {
          ended.onEnded(claim.id)
          this.#options.onEnded(claim)
        }
        if (isOurs && outcome.kind === 'retry') this.wakeIn(outcome.delayMs)
        events.attemptEnded(claim, outcome, isOurs)
        return
      } catch (error) {
        events.notWritten(claim, error)
        // The lease ends then, and the call is taken over.
        if (CodedError.from(error).code !== 'UNAVAILABLE' && ++refused >= MAX_REFUSED_WRITES) return
      }
      try {
        // oxlint-disable-next-line no-await-in-loop -- as above
        await sleep(Math.min(pauseMs, WRITE_RETRY_CAP_MS), runtime.signal)
      } catch {
        return
      }
    }
  }

  async #renew(): Promise<void> {
    const claims = [...this.#running.values()].map(({ claim }) => claim)
    const heldUntil = performance.now() + LEASE_MS
    const held = await renewQueuedCalls(this.#options.runtime.db, claims, LEASE_MS)
    const byId = new Map(held.map((one) => [one.id, one]))
    for (const claim of claims) {
      const running = this.#running.get(claim.id)
      if (running?.claim !== claim) continue
      const renewed = byId.get(claim.id)
      if (renewed?.abortRequested === true)
        running.controller.abort(abortedError(renewed.abortReason))
      if (renewed !== undefined) running.heldUntil = heldUntil
      // It may be between its end here and its end in the database. Else another coordinator waits for the attempt, which must go on.
      else running.isLost = true
    }
  }
}
