import type { ServiceRuntime } from '@alkdev/service'
import { CodedError } from '@alkdev/errors'
import type { Claim, ClaimRequest, Db, LostClaimRequest, RenewedClaim } from '@alkdev/storage'
import { drainWork } from './drain-work.ts'
import type { DrainOptions } from './drain-work.ts'
import { repeatUntil } from '../jobs/repeat-until.ts'

/** Milliseconds of a claim without a renewal, and between two renewals. */
const LEASE_MS = 6000
const RENEW_MS = 2000
/** Milliseconds after a failed sweep in which the holders of claims can renew them before they count as lost. */
const AFTER_OUTAGE_MS = 4000
const MAX_CLAIM = 32

/** The work of this process on a claimed row: a turn of a session, a run of a workflow. */
export interface ClaimedWork<Outcome> {
  /** The last wake-up of the row that the work has read. */
  readonly wakeSeq: number
  /** Works until the row has ended, waits, is given back, or is lost. */
  work(): Promise<Outcome>
  /** The row was woken: reads what has happened. */
  lookAgain(): Promise<void>
  /** Another process has the claim: nothing more is started or written. */
  onLost(): void
  /** Starts nothing new, and gives the row back. */
  stop(): void
  /** Ends or leaves what still runs, because the process stops. */
  abandon(): void
  /** Ends the row with `error`, because it cannot be worked on. */
  fail(error: unknown): Promise<unknown>
}

/** What an operator should hear. Never throws. */
export interface ClaimEvents<Outcome, State> {
  left(id: string, outcome: Outcome): void
  takenOver(id: string): void
  failing(error: unknown, message: string, id?: string): void
  state(state: State): void
}

/** The statements on the rows. Leases last by the clock of the database. */
export interface ClaimStatements<State> {
  claim(db: Db, request: ClaimRequest): Promise<Claim[]>
  /** Takes over rows whose holder let its lease end. */
  claimLost(db: Db, request: LostClaimRequest): Promise<Claim[]>
  /** Extends leases. What is not in the answer is lost; what is locked keeps the lease that it has. */
  renew(db: Db, held: readonly Claim[], leaseMs: number): Promise<RenewedClaim[]>
  readState(db: Db): Promise<State>
}

export interface ClaimWorkerOptions<Outcome, State> {
  readonly runtime: Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'draining' | 'signal'>
  /** In messages: `a session`, `sessions`. */
  readonly one: string
  readonly many: string
  /** Milliseconds between two sweeps, which find rows that are due, or lost their holder. */
  readonly sweepMs: number
  readonly abandonWithinMs?: DrainOptions['abandonWithinMs']
  /** Rows that this process holds at a time, and rows of one account that are held in the deployment. */
  readonly limits: () => { readonly concurrency: number; readonly maxPerAccount: number }
  readonly statements: ClaimStatements<State>
  readonly events: ClaimEvents<Outcome, State>
  /** Begins the work on a row. `isHeld`: no other process can have the claim yet. */
  readonly open: (claim: Claim, isHeld: () => boolean) => ClaimedWork<Outcome>
  /** The work of this process on a row is over. */
  readonly onLeft: (id: string) => void
}

interface Held<Outcome> {
  readonly claim: Claim
  readonly work: ClaimedWork<Outcome>
  /** Until when no other process can have the claim, in milliseconds of the monotonic clock. */
  until: number
}

/**
 * Works on rows of one table: claims those that are due while it has room, renews the claims, and takes over those of processes that are gone.
 * PostgreSQL holds everything that must survive a process.
 */
export class ClaimWorker<Outcome, State> {
  readonly #options: ClaimWorkerOptions<Outcome, State>
  readonly #held = new Map<string, Held<Outcome>>()
  readonly #idle: (() => void)[] = []
  #stopped = true
  #claiming = false
  #again = false
  /** When rows of others may be taken over again, by the monotonic clock in milliseconds. */
  #takeOverAt = 0

  constructor(options: ClaimWorkerOptions<Outcome, State>) {
    this.#options = options
  }

  /** Claims, sweeps and renews until the draining begins. */
  start(): void {
    const { runtime, sweepMs, many, events } = this.#options
    const onError = (error: unknown): void => events.failing(error, `${many} could not be swept`)
    this.#stopped = false
    void repeatUntil({ everyMs: sweepMs, signal: runtime.draining, onError }, () => this.#sweep())
    void repeatUntil({ everyMs: RENEW_MS, signal: runtime.signal, onError }, () => this.#renew())
  }

  /** Something has happened to a row: its holder looks, or it is claimed. */
  wake(id: string): void {
    const held = this.#held.get(id)
    if (held === undefined) void this.claim()
    else held.work.lookAgain().catch((error: unknown) => this.#onTrouble(error, id))
  }

  /** The claim of the row may be lost: its holder, if it is this process, reads it. */
  recheck(id: string): void {
    const held = this.#held.get(id)
    held?.work.lookAgain().catch((error: unknown) => this.#onTrouble(error, id))
  }

  /** Claims no more rows, and waits until those that are held are given back. */
  async drain(signal: AbortSignal, budgetMs: number): Promise<void> {
    const { many, abandonWithinMs } = this.#options
    this.#stopped = true
    for (const { work } of this.#held.values()) work.stop()
    await drainWork({
      signal,
      budgetMs,
      abandonWithinMs,
      abandon: () => {
        for (const { work } of this.#held.values()) work.abandon()
      },
      held: () => this.#held.size,
      onIdle: (resolve) => void this.#idle.push(resolve),
      what: `The end of the work on ${many}`,
    })
  }

  /** Claims rows that are due, while there is room. Never rejects. */
  async claim(): Promise<void> {
    if (this.#claiming) {
      this.#again = true
      return
    }
    const { runtime, events, limits, many, statements } = this.#options
    this.#claiming = true
    try {
      do {
        this.#again = false
        const limit = Math.min(this.#room, MAX_CLAIM)
        if (limit === 0) return
        const until = performance.now() + LEASE_MS
        // oxlint-disable-next-line no-await-in-loop -- one claim after the other
        const claims = await statements.claim(runtime.db, {
          workerInstanceId: runtime.bus.instanceId,
          leaseMs: LEASE_MS,
          limit,
          maxPerAccount: limits().maxPerAccount,
        })
        for (const claim of claims) this.#work(claim, until)
        if (claims.length === limit) this.#again = true
      } while (this.#again)
    } catch (error) {
      // The next sweep claims again.
      events.failing(error, `${many} could not be claimed`)
    } finally {
      this.#claiming = false
    }
  }

  async #sweep(): Promise<void> {
    const { runtime, events, statements } = this.#options
    try {
      await this.claim()
      if (performance.now() >= this.#takeOverAt) {
        const until = performance.now() + LEASE_MS
        const lost = await statements.claimLost(runtime.db, {
          workerInstanceId: runtime.bus.instanceId,
          leaseMs: LEASE_MS,
          limit: Math.min(this.#room, MAX_CLAIM),
          except: [...this.#held.keys()],
        })
        for (const claim of lost) {
          events.takenOver(claim.id)
          this.#work(claim, until)
        }
      }
      events.state(await statements.readState(runtime.db))
    } catch (error) {
      // While the database was unavailable no claim could be renewed.
      this.#takeOverAt = performance.now() + AFTER_OUTAGE_MS
      throw error
    }
  }

  get #room(): number {
    return this.#stopped ? 0 : Math.max(0, this.#options.limits().concurrency - this.#held.size)
  }

  #work(claim: Claim, until: number): void {
    const { events, open, onLeft } = this.#options
    const work = open(claim, () => performance.now() < held.until)
    const held: Held<Outcome> = { claim, work, until }
    // A claim of the same row that was lost may not have noticed yet.
    this.#held.get(claim.id)?.work.onLost()
    this.#held.set(claim.id, held)
    if (this.#stopped) work.stop()
    void work
      .work()
      .then((outcome) => events.left(claim.id, outcome))
      .catch((error: unknown) => this.#onFailed(held, error))
      .finally(() => {
        if (this.#held.get(claim.id) === held) this.#held.delete(claim.id)
        if (this.#held.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
        onLeft(claim.id)
      })
  }

  /** A row that cannot be worked on for another reason than the database ends, so that it is seen. Else its lease ends, and it is taken over. */
  async #onFailed({ claim, work }: Held<Outcome>, thrown: unknown): Promise<void> {
    const { events, one } = this.#options
    this.#onTrouble(thrown, claim.id)
    if (CodedError.from(thrown).code === 'UNAVAILABLE') return
    try {
      await work.fail(thrown)
    } catch (failure) {
      events.failing(failure, `${one} could not be ended`, claim.id)
    }
  }

  #onTrouble(error: unknown, id: string): void {
    const { events, one } = this.#options
    events.failing(error, `the work on ${one} failed`, id)
  }

  async #renew(): Promise<void> {
    const { runtime, statements } = this.#options
    const held = [...this.#held.values()]
    const until = performance.now() + LEASE_MS
    const claims = held.map(({ claim }) => claim)
    const renewed = await statements.renew(runtime.db, claims, LEASE_MS)
    const byId = new Map(renewed.map((one) => [one.id, one]))
    for (const one of held) {
      const { claim, work } = one
      // It may be between its end here and its end in the database: then nothing is left to be done.
      if (this.#held.get(claim.id) !== one) continue
      const still = byId.get(claim.id)
      if (still === undefined) work.onLost()
      else {
        if (still.isRenewed) one.until = until
        if (still.wakeSeq !== work.wakeSeq) this.wake(claim.id)
      }
    }
  }
}
