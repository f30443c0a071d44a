import { CodedError } from '@alkdev/errors'
import type { ServiceRuntime } from '@alkdev/service'
import {
  claimLostMerges,
  claimMerges,
  readMergesState,
  renewMerges,
} from '@alkdev/storage/coordination'
import type { MergeClaim, MergeEnd, MergeQueueRow, MergesState } from '@alkdev/storage/coordination'
import { getSession } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import { ClaimWorker } from '../../claims/claim-worker.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { concludeMerge } from './end-merge.ts'
import { MergeWork } from './merge-work.ts'
import type { MergeOutcome } from './merge-work.ts'

const SWEEP_MS = 1000
/** Merges that one process works on at a time. They mostly wait for a spoke. */
const CONCURRENCY = 32
/** Merges of one account that are worked on at a time in the deployment. */
const MAX_PER_ACCOUNT = 8
/** Milliseconds that a step may still take when the process stops. */
const DRAIN_STEP_MS = 20_000

/** The merge queue: of each target branch one merge at a time is worked on, and of each account a few, in the deployment. */
export class Merges {
  readonly #runtime: ServiceRuntime<'coordinator'>
  readonly #sessions: Sessions
  readonly #worker: ClaimWorker<MergeOutcome, MergesState>

  constructor(runtime: ServiceRuntime<'coordinator'>, sessions: Sessions) {
    this.#runtime = runtime
    this.#sessions = sessions
    const { logger } = runtime
    this.#worker = new ClaimWorker<MergeOutcome, MergesState>({
      runtime,
      one: 'a merge',
      many: 'merges',
      sweepMs: SWEEP_MS,
      abandonWithinMs: DRAIN_STEP_MS,
      limits: () => ({ concurrency: CONCURRENCY, maxPerAccount: MAX_PER_ACCOUNT }),
      statements: {
        claim: claimMerges,
        claimLost: claimLostMerges,
        renew: renewMerges,
        readState: readMergesState,
      },
      events: {
        left: (mergeId, outcome) =>
          logger.debug({ mergeId, outcome }, 'the work on a merge is over'),
        takenOver: (mergeId) =>
          logger.warn({ mergeId }, 'a merge was taken over from a coordinator that is gone'),
        failing(error, message, mergeId) {
          const level = CodedError.from(error).code === 'UNAVAILABLE' ? 'warn' : 'error'
          logger[level]({ err: error, mergeId }, message)
        },
        state: () => undefined,
      },
      open: (claim) =>
        new MergeWork({ runtime, claim, onEnd: (held, end) => this.#conclude(held, end) }),
      onLeft: () => void this.#worker.claim(),
    })
    runtime.onReady('merge queue', () => this.#worker.start())
    runtime.onDrain('merge queue', (signal) =>
      this.#worker.drain(signal, runtime.config.http.drainBudgetMs),
    )
  }

  /** A merge was put into the queue. */
  wake(): void {
    void this.#worker.claim()
  }

  /** A merge has ended: it is announced on the event stream of the hub, with ids and no text. */
  announce(merge: MergeQueueRow, session: SessionWithOrg): void {
    const { accountId, id, projectId, targetBranch, branch, status, reason } = merge
    const { orgId, parentId } = session
    if (accountId === null && orgId === null) return
    this.#runtime.bus.emit('coord.merged', session.id, {
      ...(accountId !== null && { ownerId: accountId }),
      ...(orgId !== null && { orgId }),
      ...(parentId !== null && { parentId }),
      ...{ projectId, mergeId: id, target: targetBranch, branch, status },
      ...(reason !== null && { reason }),
    })
  }

  async #conclude(claim: MergeClaim, end: MergeEnd): Promise<boolean> {
    const row = await concludeMerge(this.#runtime, claim, end)
    if (row === undefined) return false
    const session =
      row.sessionId === null ? undefined : await getSession(this.#runtime.db, row.sessionId)
    if (session === undefined) return true
    this.announce(row, session)
    this.#sessions.onChanged(session, 'updated')
    return true
  }
}
