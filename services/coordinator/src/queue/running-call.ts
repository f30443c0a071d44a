import { CallError } from '@alkdev/operations'
import type { ClaimedCall } from '@alkdev/storage/queue'

/** A queued call that this process has claimed, until its outcome is written. */
export interface Running {
  readonly claim: ClaimedCall
  readonly controller: AbortController
  /** Another process has the claim: nothing of this attempt is written. */
  isLost: boolean
  /** Until when no other process can have the claim, in milliseconds of the monotonic clock. */
  heldUntil: number
  /** This process looks up the outcome of another process' attempt. */
  readonly isTakenOver: boolean
  /** The attempt goes on without this process: the next holder collects its answer. */
  isHandedOver: boolean
}

/** No other process can have the claim. */
export function isHeld({ heldUntil, isLost }: Running): boolean {
  return !isLost && performance.now() < heldUntil
}

export function abortedError(reason: string | null): CallError {
  return new CallError('ABORTED', reason ?? 'Aborted on request.')
}
