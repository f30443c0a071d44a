import type { ServiceRuntime } from '@alkdev/service'
import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import { sleep, withTimeout } from '@alkdev/std'
import {
  claimLostCalls,
  claimQueuedCalls,
  expireQueuedCalls,
  readQueueState,
  releaseQueuedCall,
  renewQueuedCalls,
  settleQueuedCall,
} from '@alkdev/storage'
import type { ClaimedCall } from '@alkdev/storage'
import type { QueueWaiters } from './queue-waiters.ts'
import type { QueueEvents } from './queue-events.ts'
import { decideRetry } from './retry-policy.ts'
import { runAttempt } from './run-attempt.ts'
import type { AttemptOutcome } from './run-attempt.ts'

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
/** Milliseconds in which free places are collected for one claim. */
const GATHER_MS = 5
/** Milliseconds before the end of the drain budget at which attempts are aborted, so that their outcome can still be written. */
const ABORT_MARGIN_MS = 3000
/** Attempts to write an outcome that the database refuses although it is reachable. */
const MAX_REFUSED_WRITES = 5
/** Milliseconds between two attempts to write an outcome: the first pause, and the longest. */
const WRITE_RETRY_MS = 250
const WRITE_RETRY_CAP_MS = 2000

interface Running {
  readonly claim: ClaimedCall
  readonly controller: AbortController
  /** Another process has the claim: nothing of this attempt is written. */
  isLost: boolean
}

export interface QueueRunnerOptions {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly ended: QueueWaiters
  readonly events: QueueEvents
}

/**
 * Runs queued calls: claims calls that are due while it has free places, makes their attempts, renews the claims meanwhile, and writes the
 * outcomes. PostgreSQL holds everything that must survive a process; this holds only what runs in this one.
 */
export class QueueRunner {
  readonly #options: QueueRunnerOptions
  readonly #running = new Map<string, Running>()
  readonly #idle: (() => void)[] = []
  #claiming = false
  #again = false
  #stopped = true
  #gather: NodeJS.Timeout | undefined
  /** When calls of others may be taken over again, by the monotonic clock in milliseconds. */
  #takeOverAt = 0

  constructor(options: QueueRunnerOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running.size
  }

  /** Places for further calls. */
  get free(): number {
    const { queue } = this.#options.runtime.config
    return this.#stopped ? 0 : Math.max(0, queue.concurrency - this.#running.size)
  }

  /** Claims, sweeps and renews until the draining begins. */
  start(): void {
    const { draining, signal } = this.#options.runtime
    this.#stopped = false
    void this.#repeat(SWEEP_MS, draining, () => this.sweep())
    void this.#repeat(RENEW_MS, signal, () => this.#renew())
    this.wake()
  }

  /** Claims calls, because some may be due. */
  wake(): void {
    if (this.#claiming) this.#again = true
    else void this.#claim()
  }

  /** Handles what no process announced: calls that became due, that expired, or whose holder is gone. */
  async sweep(): Promise<void> {
    const { runtime, events } = this.#options
    const { db, bus } = runtime
    this.wake()
    try {
      await expireQueuedCalls(db, MAX_SWEPT)
      if (performance.now() >= this.#takeOverAt) {
        const lost = await claimLostCalls(db, {
          workerInstanceId: bus.instanceId,
          leaseMs: LEASE_MS,
          limit: MAX_SWEPT,
          except: [...this.#running.keys()],
        })
        for (const claim of lost) this.#takeOver(claim)
      }
      events.state(await readQueueState(db))
    } catch (error) {
      // While the database was away no claim could be renewed.
      this.#takeOverAt = performance.now() + AFTER_OUTAGE_MS
      throw error
    }
  }

  #takeOver(claim: ClaimedCall): void {
    this.#options.events.attemptLost(claim)
    this.#run(claim, () => Promise.resolve(outcomeOfLost(claim)))
  }

  /** Claims no more calls and waits for the running ones. Attempts that still run near the end of the budget are aborted. */
  async drain(signal: AbortSignal, budgetMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#gather)
    const abortAll = (): void => {
      for (const { controller } of this.#running.values()) controller.abort(DRAINING)
    }
    const timer = setTimeout(abortAll, Math.max(budgetMs / 2, budgetMs - ABORT_MARGIN_MS))
    signal.addEventListener('abort', abortAll, { once: true })
    if (signal.aborted) abortAll()
    try {
      while (this.#running.size > 0 && !signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop -- until nothing runs
        await withTimeout(new Promise<void>((resolve) => this.#idle.push(resolve)), {
          ms: budgetMs,
          what: 'The end of the running calls',
          signal,
          onTimeout: () => undefined,
        }).catch(() => undefined)
      }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abortAll)
    }
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
        if (limit === 0) return
        // oxlint-disable-next-line no-await-in-loop -- one claim after the other
        const claims = await claimQueuedCalls(db, {
          workerInstanceId: bus.instanceId,
          leaseMs: LEASE_MS,
          limit,
          maxPerAccount: config.queue.maxPerAccount,
          maxPerOperation: config.queue.maxPerOperation,
        })
        for (const claim of claims) {
          this.#run(claim, (signal) => runAttempt(runtime, claim, signal))
        }
        if (claims.length < limit && !this.#again) return
      }
    } catch (error) {
      // The next sweep claims again.
      events.notClaimed(error)
    } finally {
      this.#claiming = false
    }
  }

  #run(claim: ClaimedCall, attempt: (signal: AbortSignal) => Promise<AttemptOutcome>): void {
    const running: Running = { claim, controller: new AbortController(), isLost: false }
    this.#running.set(claim.id, running)
    if (claim.abortRequested) running.controller.abort(abortedError(claim.abortReason))
    void attempt(running.controller.signal)
      .then((outcome) => this.#write(running, outcome))
      .finally(() => {
        if (this.#running.get(claim.id) === running) this.#running.delete(claim.id)
        if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
        this.#gather ??= setTimeout(() => {
          this.#gather = undefined
          this.wake()
        }, GATHER_MS).unref()
      })
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
        // oxlint-disable-next-line no-await-in-loop -- until it is written
        const isOurs = await this.#writeOnce(claim, outcome)
        if (isOurs && outcome.kind !== 'retry') ended.onEnded(claim.id)
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

  #writeOnce(claim: ClaimedCall, outcome: AttemptOutcome): Promise<boolean> {
    const { db } = this.#options.runtime
    switch (outcome.kind) {
      case 'completed':
        return settleQueuedCall(db, claim, { status: 'completed', envelope: outcome.envelope })
      case 'end':
        return settleQueuedCall(db, claim, outcome)
      default:
        return releaseQueuedCall(db, claim, outcome)
    }
  }

  async #renew(): Promise<void> {
    const claims = [...this.#running.values()].map(({ claim }) => claim)
    const held = await renewQueuedCalls(this.#options.runtime.db, claims, LEASE_MS)
    const byId = new Map(held.map((one) => [one.id, one]))
    for (const claim of claims) {
      const running = this.#running.get(claim.id)
      if (running?.claim !== claim) continue
      const renewed = byId.get(claim.id)
      if (renewed?.abortRequested === true)
        running.controller.abort(abortedError(renewed.abortReason))
      // It may be between its end here and its end in the database: then nothing is left to be done.
      if (renewed === undefined) {
        running.isLost = true
        running.controller.abort(new CallError('ABORTED', 'Another coordinator has this call.'))
      }
    }
  }

  async #repeat(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one run after the other
        await work()
      } catch (error) {
        this.#options.events.notSwept(error)
      }
      try {
        // oxlint-disable-next-line no-await-in-loop -- as above
        await sleep(everyMs, signal)
      } catch {
        return
      }
    }
  }
}

/** Why attempts are aborted at the end of the drain. */
const DRAINING = new CallError('PROVIDER_LOST', 'The coordinator stops.', {
  outcome: 'unknown',
  reason: 'draining',
})

function abortedError(reason: string | null): CallError {
  return new CallError('ABORTED', reason ?? 'Aborted on request.')
}

/** The holder of the claim is gone, and with it what it knew of the attempt. */
function outcomeOfLost(claim: ClaimedCall): AttemptOutcome {
  const error = claim.abortRequested
    ? abortedError(claim.abortReason)
    : new CallError('PROVIDER_LOST', 'The coordinator that made the attempt was lost.', {
        outcome: 'unknown',
      })
  return decideRetry({ ...claim, error, claims: claim.token })
}

/** A rolling restart costs no attempt. What must not be repeated ends as lost. */
function outcomeOfDrained(
  claim: ClaimedCall,
  decided: Exclude<AttemptOutcome, { readonly kind: 'completed' }>,
): AttemptOutcome {
  if (claim.retry === 'never' || decided.kind === 'retry') return decided
  return { kind: 'retry', delayMs: 0, uncounted: true, error: decided.error }
}
