import type { Run } from '../provider/run.ts'
import type { Candidate } from './router.ts'

/** One try of a call at one provider. */
export interface Attempt {
  readonly n: number
  readonly candidate: Candidate
  /** The id under which this instance made it, and gets its answers. */
  readonly from: string
  /** `performance.now()`. */
  readonly sentAt: number
  /** In this process. */
  run?: Run
  /** The spoke kept the call over a reconnect: it has been started. */
  readonly resumed?: true
  /** Its spoke is gone and may come back with it. */
  parked?: true
  /** Items that the provider says it sent; missing if they are still not there at its next word. */
  announced?: number
  /** Stream items received, and the `seq` up to which more may come. */
  received: number
  upTo: number
}

/** The same attempt at the instance to which its spoke has moved with the call. */
export function movedAttempt(
  attempt: Attempt,
  to: { readonly instanceId: string; readonly epoch: number; readonly own: string },
): Attempt {
  const { target } = attempt.candidate
  const candidate: Candidate = {
    ...attempt.candidate,
    instanceId: to.instanceId,
    local: to.instanceId === to.own,
    target: target.kind === 'spoke' ? { ...target, epoch: to.epoch } : target,
  }
  // The window stays what its reader has opened: a cut is no reason to take more.
  const { n, received, upTo } = attempt
  const sentAt = performance.now()
  return { n, candidate, from: to.own, sentAt, resumed: true, received, upTo }
}
