import type { CoordAbortOutput } from '@alkdev/contracts/agents'
import { AbortFeed } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import {
  abortTree,
  claimSpawns,
  findEndedBudgets,
  findLostSpawns,
  findOpenAborts,
  wakeFired,
  wakeForCalls,
  wakeRevoked,
  wakeUnanswered,
} from '@alkdev/storage/coordination'
import type { LostSession } from '@alkdev/storage/coordination'
import { closeBudget } from '@alkdev/storage/inference'
import { getSession, getSessions, wakeForSpokes } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import type { Approvals } from '../approvals/approvals.ts'
import { repeatUntil } from '../jobs/repeat-until.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { announceReleased } from '../tasks/task-events.ts'
import type { Merges } from './merge/merges.ts'
import { abortRunning, completeAbort } from './abort-session-tree.ts'
import { HandOver } from './hand-over-tasks.ts'
import { runSpawn } from './spawn-saga.ts'
import { SPAWN_LEASE_MS } from './spawn-session.ts'
import type { SpawnResult } from './spawn-saga.ts'

const SWEEP_MS = 1000
/** Milliseconds between two searches for turns that wait without rights. */
const RIGHTS_SWEEP_MS = 5000
/** Aborts or budgets of one sweep, and creations that one process goes on with at a time. */
const MAX_SWEPT = 20
/** An abort that is not acknowledged after this time, in which its process waits and saves files, was left by it. */
const LEFT_MS = 30_000

type AbortRequest = Parameters<typeof abortTree>[1]

/** The trees of sessions: what their operations share, and the sweeps that finish what a process left. Every replica runs them. */
export class Coordination {
  readonly #runtime: ServiceRuntime<'coordinator'>
  readonly #sessions: Sessions
  readonly #approvals: Approvals
  readonly #merges: Merges
  readonly #feed: AbortFeed
  readonly #handOver: HandOver
  /** Creations that this process goes on with, for others. */
  #spawning = 0
  /** Creations whose spoke is gone, that this process undoes; 20 at most. */
  readonly #undoing = new Set<string>()

  constructor(
    runtime: ServiceRuntime<'coordinator'>,
    sessions: Sessions,
    approvals: Approvals,
    merges: Merges,
  ) {
    this.#runtime = runtime
    this.#sessions = sessions
    this.#approvals = approvals
    this.#merges = merges
    const { logger, redis, config } = runtime
    this.#handOver = new HandOver(runtime, (lost) => this.#onLost(lost))
    this.#feed = new AbortFeed({
      redis,
      prefix: config.redis.prefix,
      onAborted: (ids) => ids.forEach((id) => sessions.recheck(id)),
      onError: (error) => logger.warn({ err: error }, 'aborts of sessions cannot be followed'),
    })
    runtime.onReady('trees of sessions', () => {
      void this.#feed.start()
      const onError = (error: unknown): void =>
        logger.warn({ err: error }, 'trees of sessions could not be swept')
      const options = { everyMs: SWEEP_MS, signal: runtime.draining, onError }
      // Apart: a spoke or a process that does not answer delays only what waits for it.
      void repeatUntil(options, () => this.#sweepSpawns())
      void repeatUntil(options, () => this.#sweepAborts())
      void repeatUntil(options, () => this.#sweepEnded())
      void repeatUntil(options, () => this.#sweepLost())
      void repeatUntil({ ...options, everyMs: RIGHTS_SWEEP_MS }, () => this.#sweepRevoked())
    })
    runtime.onClose('aborts of sessions', () => this.#feed.close())
  }

  /** Goes on with the creation of a session, and announces what became of it. */
  async runSpawn(sessionId: string): Promise<SpawnResult> {
    const result = await runSpawn(this.#runtime, sessionId)
    if (result.kind === 'prompted' || result.kind === 'undone') {
      const session = await getSession(this.#runtime.db, sessionId)
      if (session !== undefined) this.#sessions.onChanged(session, 'updated')
      if (result.kind === 'undone' && session?.parentId != null)
        await this.#sessions.wakeFired([session.parentId])
    }
    return result
  }

  /** Ends a session and all below it. `alsoWrite` writes what belongs to the request. */
  async abort(
    request: AbortRequest,
    alsoWrite: (tx: Db, aborted: readonly { readonly id: string }[]) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<CoordAbortOutput> {
    const { db } = this.#runtime
    const aborted = await inTransaction(db, async (tx) => {
      const tree = await abortTree(tx, request)
      await alsoWrite(tx, tree.sessions)
      return tree
    })
    const ids = aborted.sessions.map(({ id }) => id)
    const running = abortRunning(this.#runtime, aborted.callIds, request.reason)
    // Without Redis the other processes notice when they renew their claims.
    for (const id of ids) this.#sessions.recheck(id)
    await this.#feed.publish(ids)
    for (const approval of aborted.withdrawn) this.#approvals.announce(approval, 'withdrawn')
    await this.#sessions.wakeFired(aborted.woken)
    await running
    const output = await completeAbort(this.#runtime, request.abortId, signal)
    // With the organization of each.
    const ended = aborted.sessions.map(({ id }) => id)
    const merging = aborted.merges.flatMap(({ sessionId }) => sessionId ?? [])
    const rows = await getSessions(db, [...new Set([...ended, ...merging])])
    const byId = new Map(rows.map((row) => [row.id, row]))
    for (const id of ended) {
      const row = byId.get(id)
      if (row !== undefined) this.#sessions.onChanged(row, 'updated')
    }
    for (const merge of aborted.merges) {
      const row = byId.get(merge.sessionId ?? '')
      if (row !== undefined) this.#merges.announce(merge, row)
    }
    return output
  }

  /** Announces on the event stream of the hub: ids, no text. */
  emit(
    type: 'coord.spawned' | 'coord.messaged' | 'coord.notified' | 'coord.aborted',
    { id, accountId, orgId, parentId, projectId }: SessionWithOrg,
    more: Readonly<Record<string, unknown>> = {},
  ): void {
    if (accountId === null && orgId === null) return
    this.#runtime.bus.emit(type, id, {
      ...(accountId !== null && { ownerId: accountId }),
      ...(orgId !== null && { orgId }),
      ...(parentId !== null && { parentId }),
      projectId,
      ...more,
    })
  }

  /** Does not wait for them: one whose spoke does not answer takes more than a minute, and delays no other. */
  async #sweepSpawns(): Promise<void> {
    const { db } = this.#runtime
    const limit = MAX_SWEPT - this.#spawning
    if (limit < 1) return
    for (const id of await claimSpawns(db, { leaseMs: SPAWN_LEASE_MS, limit })) {
      this.#spawning++
      void this.#goOn(id).finally(() => this.#spawning--)
    }
  }

  /** Never rejects. */
  async #goOn(sessionId: string): Promise<void> {
    const { logger } = this.#runtime
    await this.runSpawn(sessionId).catch((error: unknown) =>
      logger.warn({ err: error, sessionId }, 'a session could not be created yet'),
    )
  }

  async #sweepAborts(): Promise<void> {
    const { db, draining } = this.#runtime
    for (const id of await findOpenAborts(db, LEFT_MS, MAX_SWEPT))
      // oxlint-disable-next-line no-await-in-loop -- as above
      await completeAbort(this.#runtime, id, draining)
  }

  /** What a session that ended leaves: its part of a budget, and those that wait for it or for its answer. And sessions whose queued call has ended, or whose spoke is attached again. */
  async #sweepEnded(): Promise<void> {
    const { db } = this.#runtime
    for (const id of await findEndedBudgets(db, MAX_SWEPT))
      // oxlint-disable-next-line no-await-in-loop -- as above
      await closeBudget(db, id)
    for (const id of await wakeFired(db)) this.#sessions.recheck(id)
    for (const id of await wakeUnanswered(db)) this.#sessions.recheck(id)
    for (const id of await wakeForCalls(db)) this.#sessions.recheck(id)
    for (const id of await wakeForSpokes(db)) this.#sessions.recheck(id)
  }

  async #sweepRevoked(): Promise<void> {
    for (const id of await wakeRevoked(this.#runtime.db)) this.#sessions.recheck(id)
  }

  /** Sessions whose spoke is gone while another one can go on: those that work, and those that have no worktree yet. */
  async #sweepLost(): Promise<void> {
    const { db, config, draining } = this.#runtime
    await this.#handOver.sweep(draining)
    const limits = { afterMs: config.sessions.handOverMs, limit: MAX_SWEPT }
    for (const id of await findLostSpawns(db, limits)) {
      if (this.#undoing.has(id)) continue
      this.#undoing.add(id)
      // Not waited for: each tries its spoke once more.
      void this.#goOn(id).finally(() => this.#undoing.delete(id))
    }
  }

  async #onLost({ session, tasks, callIds, withdrawn, woken }: LostSession): Promise<void> {
    const reason = session.stopReason ?? ''
    const running = abortRunning(this.#runtime, callIds, reason)
    this.#sessions.recheck(session.id)
    await this.#feed.publish([session.id])
    for (const approval of withdrawn) this.#approvals.announce(approval, 'withdrawn')
    await this.#sessions.wakeFired(woken)
    await announceReleased(this.#runtime, tasks)
    await running
    const row = await getSession(this.#runtime.db, session.id)
    if (row !== undefined) this.#sessions.onChanged(row, 'updated')
  }
}
