import type { ServiceRuntime } from '@alkdev/service'
import {
  addSessionPermission,
  fireWaits,
  getSession,
  TURN_SUBJECT,
  wakeSession,
} from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import type { Approvals } from '../approvals/approvals.ts'
import { announceSession } from './session-announcements.ts'
import { SessionTails } from './watch/session-tails.ts'
import { createSessionWorkEvents } from './session-work-events.ts'
import { createSessionWorker } from './session-worker.ts'
import type { SessionWorker } from './session-worker.ts'
import { raiseAsAnswered } from './turn/wait-for-budget.ts'

/** The agent sessions of this process: who watches them, and the work on their turns. */
export class Sessions {
  readonly tails: SessionTails
  readonly #runtime: ServiceRuntime<'coordinator'>
  readonly #worker: SessionWorker

  constructor(runtime: ServiceRuntime<'coordinator'>, approvals: Approvals) {
    this.#runtime = runtime
    this.tails = new SessionTails(runtime)
    const worker = createSessionWorker({
      runtime,
      events: createSessionWorkEvents(runtime),
      onWritten: (sessionId) => this.tails.onWritten(sessionId),
      onLeft: (sessionId) => void this.#announce(sessionId),
      onAsked: (approval, event) => approvals.announce(approval, event ?? 'asked'),
      onWithdrawn: (approval) => approvals.announce(approval, 'withdrawn'),
      onFired: (sessionIds) => void this.wakeFired(sessionIds),
    })
    this.#worker = worker
    approvals.onEnd(TURN_SUBJECT, async (tx, approval) => {
      const { id, kind, sessionId, scope, decision } = approval
      const { operationName, resourcePattern, answeredBy } = approval
      if (sessionId === null) return undefined
      if (scope === 'session' && decision === 'allow' && operationName !== null)
        await addSessionPermission(tx, {
          sessionId,
          operationName,
          pattern: resourcePattern ?? '',
          approvalId: id,
          grantedBy: answeredBy,
        })
      await fireWaits(tx, 'approval', [id])
      await wakeSession(tx, sessionId)
      // After the session is locked, as where sessions are spawned.
      if (kind === 'budget' && decision === 'allow') await raiseAsAnswered(tx, approval)
      return () => worker.wake(sessionId)
    })
    runtime.onReady('agent sessions', () => worker.start())
    runtime.onDrain('agent sessions', (signal) =>
      worker.drain(signal, runtime.config.http.drainBudgetMs),
    )
    runtime.onClose('watched sessions', () => this.tails.close())
  }

  /** A session was changed, and the change is committed: it may be due. Other processes find it by their sweeps. */
  onChanged(session: SessionWithOrg, what: 'created' | 'updated' | 'deleted'): void {
    announceSession(this.#runtime, session, what)
    this.tails.onWritten(session.id)
    if (session.turnId !== null || session.status === 'queued') this.#worker.wake(session.id)
  }

  /** The session may have been aborted: if this process works on it, it looks. */
  recheck(sessionId: string): void {
    this.#worker.recheck(sessionId)
  }

  /**
   * Wakes sessions that waited for another one. Not in the transaction that ended it, which has locked that one: trees are locked from the top. What is
   * missed here, a sweep wakes.
   */
  async wakeFired(sessionIds: readonly string[]): Promise<void> {
    const { db, logger } = this.#runtime
    for (const id of sessionIds) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one or two
        await wakeSession(db, id)
        this.#worker.wake(id)
      } catch (error) {
        logger.warn({ err: error, sessionId: id }, 'a session that waits could not be woken yet')
      }
    }
  }

  async #announce(sessionId: string): Promise<void> {
    this.tails.onWritten(sessionId)
    const session = await getSession(this.#runtime.db, sessionId).catch(() => undefined)
    if (session !== undefined) announceSession(this.#runtime, session, 'updated')
  }
}
