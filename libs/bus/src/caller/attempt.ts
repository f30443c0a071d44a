import { ReceiveWindow } from '@alkdev/operations/stream'
import type { Run } from '../provider/run.ts'
import type { StreamPosition } from '../wire/frames.ts'
import type { Candidate } from './router.ts'

/** One attempt of a call at one provider. */
export interface Attempt {
  /** From 1. */
  readonly number: number
  readonly candidate: Candidate
  /** The instance id under which the attempt was made, and to which its answers are sent. */
  readonly from: string
  /** `performance.now()`. */
  readonly sentAt: number
  /** The provider is in this process. */
  run?: Run
  /** The spoke kept the call over a reconnect, so the call was started. */
  readonly resumed?: true
  /** The spoke is lost and may return with the call. */
  parked?: true
  /** How much of its stream was received. */
  readonly window: ReceiveWindow
}

export function newAttempt(
  number: number,
  candidate: Candidate,
  from: string,
  windowSize: number,
): Attempt {
  const window = new ReceiveWindow(windowSize)
  return { number, candidate, from, sentAt: performance.now(), window }
}

/** The position of its stream, for another instance. */
export function positionOf({ window: { received, upTo } }: Attempt): StreamPosition {
  return { received, upTo }
}

/** The same attempt at the instance to which its spoke has moved with the call. */
export function movedAttempt(
  { number, candidate, window }: Attempt,
  to: { readonly instanceId: string; readonly epoch: number; readonly own: string },
): Attempt {
  const { target } = candidate
  // The window stays as its reader opened it: a lost connection does not raise the limit.
  window.onMoved()
  return {
    number,
    candidate: {
      ...candidate,
      instanceId: to.instanceId,
      local: to.instanceId === to.own,
      target: target.kind === 'spoke' ? { ...target, epoch: to.epoch } : target,
    },
    from: to.own,
    sentAt: performance.now(),
    resumed: true,
    window,
  }
}

/** In flight at another instance. */
export function isRemote(attempt: Attempt | undefined): attempt is Attempt {
  return attempt !== undefined && attempt.run === undefined && attempt.parked !== true
}
