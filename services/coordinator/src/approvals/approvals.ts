import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { answerApproval, expireApproval, findOverdueApprovals, getApproval } from '@alkdev/storage'
import type { ApprovalAnswer, ApprovalRow, Db, OnApprovalEnd } from '@alkdev/storage'
import { repeatUntil } from '../jobs/repeat-until.ts'
import { allowsCallOf } from './allows-call.ts'
import { mayAnswerApproval, maySeeApproval, relationOf } from './approval-access.ts'
import { approvalEnded, approvalNotFound } from './approval-errors.ts'

/** Milliseconds between two checks for expired deadlines. */
const SWEEP_MS = 1000
const MAX_SWEPT = 200

/**
 * Approvals in this process: answers them, gives those whose deadline is over their default, and wakes what asked. What asks registers a
 * hook for its subject type; the hook runs in the transaction that ends the approval, on whichever replica ends it.
 */
export class Approvals {
  readonly #runtime: ServiceRuntime<'coordinator'>
  readonly #hooks = new Map<string, OnApprovalEnd>()

  constructor(runtime: ServiceRuntime<'coordinator'>) {
    this.#runtime = runtime
    runtime.onReady('deadlines of approvals', () => void this.#sweepUntilDraining())
  }

  /** Registers what wakes the askers of a subject type. Every replica registers the same hooks, before it is ready. */
  onEnd(subjectType: string, hook: OnApprovalEnd): void {
    this.#hooks.set(subjectType, hook)
  }

  /** Announces approvals that were stored, asked of others or withdrawn; after the commit. */
  announce(approval: ApprovalRow, event: 'asked' | 'raised' | 'withdrawn'): void {
    this.#emit(approval, event)
  }

  /**
   * Answers an approval. Throws APPROVAL_NOT_FOUND (404) for one that the caller may not see, ACCESS_DENIED for one that it may not answer,
   * APPROVAL_ANSWERED (409) and APPROVAL_EXPIRED (410).
   */
  async answer(
    identity: Identity,
    approvalId: string,
    answer: Omit<ApprovalAnswer, 'accountId' | 'sessionId'>,
    inTransaction: (tx: Db, approval: ApprovalRow) => Promise<void>,
  ): Promise<ApprovalRow> {
    const { db, bus } = this.#runtime
    // What an approval asks about never changes.
    const asked = identity.sessionId === undefined ? undefined : await getApproval(db, approvalId)
    const isAllowed = asked === undefined || (await allowsCallOf(bus, identity, asked))
    const outcome = await answerApproval(
      db,
      approvalId,
      { ...answer, accountId: identity.id, sessionId: identity.sessionId },
      {
        check: (tx, approval) => checkAnswerer(tx, identity, approval, { ...answer, isAllowed }),
        onEnd: async (tx, approval) => {
          if (approval.status === 'answered') await inTransaction(tx, approval)
          return this.#wake(tx, approval)
        },
      },
    )
    if (outcome === undefined) throw approvalNotFound(approvalId)
    const { approval } = outcome
    if (outcome.outcome === 'answered') {
      this.#emit(approval, 'answered')
      return approval
    }
    if (outcome.expiredNow) this.#emit(approval, 'expired')
    throw approvalEnded(approval)
  }

  /** Gives open approvals whose deadline is over their default. One that fails does not hold up the others. */
  async sweep(): Promise<void> {
    const { db, logger } = this.#runtime
    for (const id of await findOverdueApprovals(db, MAX_SWEPT)) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- each in its own transaction
        const expired = await expireApproval(db, id, (tx, approval) => this.#wake(tx, approval))
        if (expired !== undefined) this.#emit(expired, 'expired')
      } catch (error) {
        logger.warn({ err: error, approvalId: id }, 'an approval could not be expired')
      }
    }
  }

  #wake: OnApprovalEnd = async (tx, approval) =>
    this.#hooks.get(approval.subjectType)?.(tx, approval)

  /** Ids and words, no text of people. An approval without an owner is not announced, because every account would see it. */
  #emit(
    approval: ApprovalRow,
    event: 'asked' | 'raised' | 'answered' | 'expired' | 'withdrawn',
  ): void {
    const { accountId, orgId, kind, subjectType, subjectId, decision } = approval
    const { askedOf, answeredBy, answeredBySession } = approval
    const { bus, metrics } = this.#runtime
    metrics.counter(METRICS.approvals, event).inc()
    if (accountId === null && orgId === null) return
    bus.emit(`approval.${event}`, approval.id, {
      ...(accountId !== null && { ownerId: accountId }),
      ...(orgId !== null && { orgId }),
      kind,
      subjectType,
      subjectId,
      ...(decision !== null && { decision }),
      ...(askedOf.length > 0 && { askedOf }),
      ...(answeredBy !== null && { answeredBy }),
      ...(answeredBySession !== null && { answeredBySession }),
    })
  }

  #sweepUntilDraining(): Promise<void> {
    const { draining, logger } = this.#runtime
    const onError = (error: unknown): void =>
      logger.warn({ err: error }, 'deadlines of approvals could not be read')
    return repeatUntil({ everyMs: SWEEP_MS, signal: draining, onError }, () => this.sweep())
  }
}

interface CheckedAnswer extends Pick<ApprovalAnswer, 'scope' | 'resourcePattern'> {
  /** The identity is no session, or its own rules and rights allow the call that is asked about. */
  readonly isAllowed: boolean
}

async function checkAnswerer(
  tx: Db,
  identity: Identity,
  approval: ApprovalRow,
  { scope, resourcePattern, isAllowed }: CheckedAnswer,
): Promise<void> {
  const relation = await relationOf(tx, identity, approval)
  if (!maySeeApproval(identity, approval, relation)) throw approvalNotFound(approval.id)
  if (!mayAnswerApproval(identity, approval, relation))
    throw new CallError('ACCESS_DENIED', 'This approval is asked of others.', {
      approvalId: approval.id,
    })
  if (!isAllowed)
    throw new CallError(
      'ACCESS_DENIED',
      'The rules or the rights of this session do not allow the call that is asked about.',
      { approvalId: approval.id },
    )
  const isForSession = scope === 'session'
  if (isForSession && identity.sessionId !== undefined)
    throw new CallError('VALIDATION_ERROR', 'A session answers for this call alone.', {
      errors: [{ path: '/scope', message: 'must be `once` for a session' }],
    })
  if (isForSession && (approval.kind !== 'tool' || approval.sessionId === null))
    throw new CallError('VALIDATION_ERROR', 'Only approvals of tools are given for a session.', {
      errors: [{ path: '/scope', message: 'must be `once` for this approval' }],
    })
  if (isForSession !== (resourcePattern !== undefined))
    throw new CallError('VALIDATION_ERROR', 'resourcePattern belongs to the scope `session`.', {
      errors: [
        { path: '/resourcePattern', message: 'must be given with the scope `session` alone' },
      ],
    })
}
