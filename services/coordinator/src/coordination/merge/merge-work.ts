import { CallError } from '@alkdev/operations'
import { grantRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { must, sharedNow } from '@alkdev/std'
import { advanceMerge, getMerge, releaseMerge } from '@alkdev/storage/coordination'
import type { MergeClaim, MergeEnd, MergeQueueRow } from '@alkdev/storage/coordination'
import { getSession } from '@alkdev/storage/sessions'
import type { ClaimedWork } from '../../claims/claim-worker.ts'
import { namedPlace } from '../../sessions/named-place.ts'
import { boundPlace } from '../../sessions/turn/bound-place.ts'
import { CheckLost, runStep } from './merge-steps.ts'
import type { StepContext } from './merge-steps.ts'
import { MergeCalls } from './merge-calls.ts'

/** Codes after which the same step is tried again. */
const AGAIN: ReadonlySet<string> = new Set([
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_LOST',
  'OUTCOME_UNKNOWN',
  'TIMEOUT',
  'OVERLOADED',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'ABORTED',
])
/** How often a step is tried in which git itself failed, for instance because a process that was killed left a lock. */
const MAX_GIT_TRIES = 15
const RETRY_MS = 2000
/** Milliseconds after which a merge that can't get on is given up. */
const GIVE_UP_MS = 30 * 60_000

export type MergeOutcome = 'ended' | 'later' | 'lost'
type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'authenticator' | 'logger'>

export interface MergeWorkOptions {
  readonly runtime: Runtime
  readonly claim: MergeClaim
  /** Ends the merge. False when the claim was lost. */
  readonly onEnd: (claim: MergeClaim, end: MergeEnd) => Promise<boolean>
}

/** The work of this process on one merge. */
export class MergeWork implements ClaimedWork<MergeOutcome> {
  readonly wakeSeq = 0
  readonly #options: MergeWorkOptions
  readonly #abort = new AbortController()
  #isStopping = false
  #isLost = false

  constructor(options: MergeWorkOptions) {
    this.#options = options
  }

  /** Does the steps that are left. One that can't be done now gives the merge back, to be tried again in two seconds. */
  async work(): Promise<MergeOutcome> {
    const { runtime, claim } = this.#options
    for (;;) {
      // oxlint-disable no-await-in-loop -- one step after the other
      const merge = await getMerge(runtime.db, claim.id)
      if (merge === undefined || merge.token !== claim.token || merge.status !== 'running')
        return 'lost'
      if (merge.workerInstanceId !== claim.workerInstanceId) return 'lost'
      if (this.#isStopping) return this.#release(merge, null, 0)
      try {
        const context = await this.#context(merge)
        if ('end' in context) return await this.#end(context.end)
        const result = await runStep(context, merge)
        if ('end' in result) return await this.#end(result.end)
        const isHeld = await advanceMerge(runtime.db, claim, {
          ...result.change,
          step: result.next,
        })
        if (!isHeld) return 'lost'
      } catch (thrown) {
        if (this.#isLost) return 'lost'
        return this.#onFailed(merge, thrown)
      }
      // oxlint-enable no-await-in-loop
    }
  }

  lookAgain(): Promise<void> {
    return Promise.resolve()
  }

  onLost(): void {
    this.#isLost = true
    this.#abort.abort(new CallError('ABORTED', 'The merge was ended, or taken over.'))
  }

  stop(): void {
    this.#isStopping = true
  }

  abandon(): void {
    this.#isStopping = true
    this.#abort.abort(new CallError('ABORTED', 'The process stops.'))
  }

  fail(error: unknown): Promise<unknown> {
    const { message } = CallError.from(error)
    return this.#end({ status: 'failed', reason: 'error', error: message })
  }

  async #context(merge: MergeQueueRow): Promise<StepContext | { readonly end: MergeEnd }> {
    const { runtime } = this.#options
    const rights = merge.grantId === null ? undefined : await grantRights(runtime, merge.grantId)
    if (rights === undefined)
      return gone('revoked', 'The rights of who asked for the merge were revoked.')
    const session =
      merge.sessionId === null ? undefined : await getSession(runtime.db, merge.sessionId)
    const found = session && (await boundPlace(runtime.db, session))
    if (session === undefined || found === undefined)
      return gone('workspace', 'The worktree of the branch is not there any more.')
    const principal = rights.identity
    // Of this step: another process may have the name of the spoke by the next one.
    const operationId = `${found.prefix}.git.compare`
    const place = await namedPlace(runtime, found, operationId, principal)
    const { signal } = this.#abort
    const calls = new MergeCalls(runtime, principal, place, signal)
    return { runtime, principal, place, calls, signal }
  }

  async #onFailed(merge: MergeQueueRow, thrown: unknown): Promise<MergeOutcome> {
    const error = CallError.from(thrown)
    const isOver = sharedNow() - merge.createdAt.getTime() > GIVE_UP_MS
    const { tries } = merge.metadata as { tries?: number }
    const isGit = error.code === 'EXECUTION_ERROR' && (tries ?? 0) < MAX_GIT_TRIES
    const isAgain = thrown instanceof CheckLost || AGAIN.has(error.code) || isGit
    if (isAgain && !isOver) return this.#release(merge, error, this.#isStopping ? 0 : RETRY_MS)
    if (error.code === 'WORKSPACE_MISMATCH') return this.#end(gone('workspace', error.message).end)
    const { reason } = (error.details ?? {}) as { reason?: unknown }
    return this.#end({
      status: 'failed',
      reason: typeof reason === 'string' ? reason : 'error',
      error: `${error.code}: ${error.message}`,
    })
  }

  async #release(merge: MergeQueueRow, error: CallError | null, afterMs: number) {
    const { runtime, claim } = this.#options
    if (error !== null)
      runtime.logger.info({ err: error, mergeId: merge.id }, 'a step of a merge is tried again')
    const kept = await releaseMerge(runtime.db, claim, { afterMs, error: error?.message ?? null })
    return kept ? ('later' as const) : ('lost' as const)
  }

  async #end(end: MergeEnd): Promise<MergeOutcome> {
    return (await this.#options.onEnd(must(this.#options.claim), end)) ? 'ended' : 'lost'
  }
}

function gone(reason: string, error: string): { readonly end: MergeEnd } {
  return { end: { status: 'failed', reason, error } }
}
