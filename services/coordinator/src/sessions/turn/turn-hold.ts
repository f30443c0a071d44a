import { workflowRunOf } from '@alkdev/contracts'
import { grantRights, METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { ApprovalRow, Db } from '@alkdev/storage'
import { endMapping } from '@alkdev/storage/coordination'
import {
  beginTurn,
  dropStep,
  endTurn,
  getSession,
  getTurn,
  inTurn,
  parkTurn,
  readSpokeAway,
  releaseSession,
  settleIdle,
  TURN_SUBJECT,
  workedOn,
} from '@alkdev/storage/sessions'
import type {
  EndedTurn,
  EndReason,
  InTurn,
  LockedSession,
  OpenToolCall,
  SeenSession,
  SessionClaim,
  SessionWithOrg,
  StartedStep,
  TurnEnd,
  TurnRow,
} from '@alkdev/storage/sessions'
import { releaseTasksOfSession } from '@alkdev/storage/tasks'
import { abortRunning } from '../../coordination/abort-session-tree.ts'
import { ClaimLost } from './claim-lost.ts'
import { failureJson } from './failure-json.ts'
import { TurnOver } from './turn-over.ts'
import { turnRights } from './turn-rights.ts'
import type { TurnRights } from './turn-rights.ts'
import { isOneOver, waitsOf } from './turn-waits.ts'
import { boundPlace } from './bound-place.ts'
import type { BoundPlace } from './bound-place.ts'

export interface TurnHoldOptions {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly claim: SessionClaim
  /** No other process can have the claim yet. */
  readonly isHeld: () => boolean
  /** Events of the session were stored. */
  readonly onWritten: () => void
  readonly onAsked: (approval: ApprovalRow, event?: 'raised') => void
  readonly onWithdrawn: (approval: ApprovalRow) => void
  /** These sessions waited for the end of the turn, or got a message from it. */
  readonly onFired: (sessionIds: readonly string[]) => void
}

/** How the work of this process on a session is over. */
export type TurnOutcome = 'ended' | 'waiting' | 'idle' | 'released' | 'lost'

/** A turn that waits is looked at after this time whatever happens. */
const LOOK_AFTER_MS = 300_000

/** The session and the turn that this process has the claim of: their rows, every write of them, and what ends the work on them. */
export class TurnHold {
  readonly options: TurnHoldOptions
  readonly #abort = new AbortController()
  readonly #step = new AbortController()
  readonly #openedAt = performance.now()
  session!: SessionWithOrg
  turn!: TurnRow
  isLost = false
  isStopping = false
  /** Calls that run go on without this process. */
  isLeaving = false
  /** W3C trace context of the model calls and tool calls of the turn, where traces are on. */
  traceparent: string | undefined

  constructor(options: TurnHoldOptions) {
    this.options = options
  }

  /** Aborted when the turn is to end, or this process leaves it. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#abort.signal, this.#step.signal])
  }

  get isAborted(): boolean {
    return this.#abort.signal.aborted
  }

  /** Milliseconds that processes have worked on the turn, as far as they stored it, and this one until now. */
  get workedMs(): number {
    return workedOn(this.turn) + performance.now() - this.#openedAt
  }

  /** The run of a workflow that the turn belongs to. */
  get runId(): string | undefined {
    return workflowRunOf(this.turn.metadata)
  }

  leave(): void {
    this.isLeaving = true
    this.#step.abort(
      new CallError('PROVIDER_LOST', 'The coordinator stops.', {
        outcome: 'unknown',
        reason: 'draining',
      }),
    )
  }

  /** Loads the session and its turn; starts the next one when none runs. False when no message waits: the session is given back. */
  async open(): Promise<boolean> {
    const { runtime, claim } = this.options
    await this.refresh()
    const { turnId } = this.session
    const turn =
      turnId === null
        ? await this.write(async (tx, row) => {
            const begun = await beginTurn(tx, row)
            // In one transaction: a message that is accepted after it makes the session due again.
            if (begun === undefined) await settleIdle(tx, claim.id)
            return begun
          })
        : await getTurn(runtime.db, turnId)
    if (turn === undefined) return false
    this.turn = turn
    await this.refresh()
    return true
  }

  /** Reads the session. Throws ClaimLost when another process has it. */
  async refresh(): Promise<void> {
    const { runtime, claim } = this.options
    const session = await getSession(runtime.db, claim.id)
    if (session === undefined || session.turnToken !== claim.token) throw new ClaimLost()
    const holder = session.workerInstanceId ?? claim.workerInstanceId
    if (holder !== claim.workerInstanceId) throw new ClaimLost()
    this.session = session
    if (session.abortRequestedAt !== null) this.#requestAbort(session.abortReason)
  }

  #requestAbort(reason: string | null): void {
    this.#abort.abort(new CallError('ABORTED', reason ?? 'Stopped on request.'))
  }

  throwIfAborted(): void {
    if (this.isAborted) throw new TurnOver(this.userStop.reason, this.userStop.error)
  }

  get userStop(): TurnEnd {
    return {
      reason: 'user-stop',
      error: failureJson(CallError.from(this.#abort.signal.reason)),
    }
  }

  /** The rights of now. Throws UNAUTHENTICATED when they were revoked. */
  rightsNow(): Promise<TurnRights> {
    const { id, roleChain } = this.session
    return turnRights(this.options.runtime, id, this.turn.grantId, roleChain)
  }

  /** As `rightsNow`. Throws TurnOver when they were revoked. */
  async rights(): Promise<TurnRights> {
    try {
      return await this.rightsNow()
    } catch (error) {
      const failure = CallError.from(error)
      if (failure.code !== 'UNAUTHENTICATED') throw error
      throw await this.revoked(failureJson(failure))
    }
  }

  /**
   * The end of a turn whose rights were revoked. The session waits for new ones when its own were; when only those of the sender of the message
   * were, it goes on with the next message.
   */
  async revoked(error: string): Promise<TurnOver> {
    const { runtime } = this.options
    const { grantId } = this.session
    const isOwn = grantId === null || grantId === this.turn.grantId
    const left = isOwn ? undefined : await grantRights(runtime, grantId)
    return new TurnOver('revoked', error, left === undefined ? 'grant' : undefined)
  }

  /** Where the session works. Throws TurnOver when its workspace is not there any more. */
  async place(): Promise<BoundPlace | undefined> {
    try {
      return await boundPlace(this.options.runtime.db, this.session)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      throw new TurnOver('workspace-mismatch', failureJson(error))
    }
  }

  /** Runs a transaction of the turn. Throws ClaimLost. */
  async write<T>(work: Parameters<typeof inTurn<T>>[2]): Promise<T> {
    const written = await inTurn(this.options.runtime.db, this.options.claim, work)
    if (written.kind === 'lost') throw new ClaimLost()
    this.options.onWritten()
    return written.value
  }

  /** What a statement under the claim stored; the hold learns what it saw of the session. Throws ClaimLost. */
  stored<T extends { readonly session: SeenSession } | undefined>(written: InTurn<T>): T {
    if (written.kind === 'lost') throw new ClaimLost()
    this.options.onWritten()
    const seen = written.value?.session
    if (seen !== undefined) {
      this.session = { ...this.session, wakeSeq: seen.wakeSeq }
      if (seen.isAborted) this.#requestAbort(seen.abortReason)
    }
    return written.value
  }

  /** Gives the claim up until something happens; undefined when it has happened since `wakeSeq` was read. */
  async park(
    waitingOn: 'tools' | 'rate-limit',
    wakeSeq: number,
    waiting: readonly OpenToolCall[],
    afterMs = LOOK_AFTER_MS,
  ): Promise<TurnOutcome | undefined> {
    const { waits, untilMs, ...first } = waitsOf(waiting)
    const on = waitingOn === 'tools' ? first.waitingOn : waitingOn
    const isParked = await this.write(async (tx, row) => {
      if (await isOneOver(tx, waiting)) return false
      const lookMs = Math.min(afterMs, untilMs)
      const { workedMs } = this
      const park = { wakeSeq, waitingOn: on, waits, afterMs: lookMs, workedMs } as const
      return parkTurn(tx, row, this.turn.id, park)
    })
    return isParked ? 'waiting' : undefined
  }

  /**
   * Gives the claim up until an approval is answered that `ask` stores in the same transaction; undefined when something has happened since `wakeSeq` was
   * read. `afterMs`: when the turn is looked at in any case.
   */
  async parkForApproval(
    wakeSeq: number,
    afterMs: number,
    ask: (tx: Db) => Promise<{ readonly approval: ApprovalRow; readonly known: boolean }>,
  ): Promise<TurnOutcome | undefined> {
    const { asked, isParked } = await this.write(async (tx, row) => {
      const made = await ask(tx)
      const waits = [{ kind: 'approval' as const, ref: made.approval.id }]
      const { workedMs } = this
      const park = { wakeSeq, waitingOn: 'approval', waits, afterMs, workedMs } as const
      return { asked: made, isParked: await parkTurn(tx, row, this.turn.id, park) }
    })
    if (!asked.known) this.options.onAsked(asked.approval)
    return isParked ? 'waiting' : undefined
  }

  /**
   * Lets the turn wait while the spoke of its workspace is not attached; `there` when it is. Undefined when something has happened since `wakeSeq`
   * was read. Throws TurnOver when it has been away for `sessions.spokeGoneMs`.
   */
  async awaitSpoke(
    { spoke }: BoundPlace,
    wakeSeq: number,
  ): Promise<TurnOutcome | 'there' | undefined> {
    const { db, config } = this.options.runtime
    const { workspaceId } = this.session
    const awayMs =
      workspaceId === null ? undefined : await readSpokeAway(db, workspaceId, this.turn.id)
    if (awayMs === undefined) return 'there'
    const leftMs = config.sessions.spokeGoneMs - awayMs
    if (leftMs <= 0)
      throw new TurnOver(
        'spoke-gone',
        failureJson(
          new CallError(
            'PROVIDER_UNAVAILABLE',
            `The spoke ${spoke} of the session did not return.`,
          ),
        ),
      )
    const waits = [{ kind: 'spoke' as const, ref: spoke }]
    const isParked = await this.write((tx, row) =>
      parkTurn(tx, row, this.turn.id, {
        wakeSeq,
        waitingOn: 'spoke',
        waits,
        afterMs: leftMs,
        workedMs: this.workedMs,
      }),
    )
    return isParked ? 'waiting' : undefined
  }

  /** Ends an attempt of a step that gave nothing. Throws ClaimLost. */
  async dropStep(step: StartedStep, how: Parameters<typeof dropStep>[2]): Promise<void> {
    await this.write((tx) => dropStep(tx, step, how))
    this.countDropped(how.reason, 1)
  }

  countDropped(reason: EndReason, attempts: number): void {
    this.options.runtime.metrics.counter(METRICS.sessionStepsDropped, reason).inc(attempts)
  }

  /** Gives the session back, due at once. */
  async release(): Promise<TurnOutcome> {
    const { runtime, claim, onWritten } = this.options
    if (this.isLost) return 'lost'
    const isReleased = await releaseSession(runtime.db, claim)
    onWritten()
    return isReleased ? 'released' : 'lost'
  }

  async end(end: TurnEnd): Promise<TurnOutcome> {
    const { runtime, claim, onWritten, onWithdrawn, onFired } = this.options
    const turnId = (this.turn as TurnRow | undefined)?.id
    if (turnId === undefined) return 'lost'
    const endAll = async (tx: Db, row: LockedSession): Promise<EndedTurn> => {
      if (end.reason === 'spoke-gone') await endWork(tx, row.id)
      return endTurn(tx, row, turnId, end)
    }
    const subject = { type: TURN_SUBJECT, id: turnId }
    const ended = await inTurn(runtime.db, claim, endAll, subject)
    onWritten()
    if (ended.kind === 'lost') return 'lost'
    const { metrics } = runtime
    metrics.histogram(METRICS.sessionTurnTime).observe(this.workedMs / 1000)
    for (const approval of ended.value.withdrawn) onWithdrawn(approval)
    onFired(ended.value.woken)
    await abortRunning(runtime, ended.value.callIds, `The turn ended: ${end.reason}.`)
    return 'ended'
  }
}

/** The task of a session whose files are gone goes back, with what was reported last; the session that spawned it learns it. */
async function endWork(tx: Db, sessionId: string): Promise<void> {
  const reason = 'The spoke with its worktree is gone.'
  await endMapping(tx, sessionId, 'failed', { reason })
  await releaseTasksOfSession(tx, sessionId, reason)
}
