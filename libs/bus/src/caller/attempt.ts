import { ReceiveWindow } from '@alkdev/operations/stream'
import type { Run } from '../provider/run.ts'
import type { StreamPosition } from '../wire/frames.ts'
import type { Candidate } from './router.ts'

/** One try of a call at one provider. */
export interface Attempt {
  /** From 1. */
  readonly number: number
  readonly candidate: Candidate
  /** The id under which this instance made it, and gets its answers. */
  readonly from: string
  /** `performance.now()`. */
  readonly sentAt: number
  /** Of a provider in this process. */
  run?: Run
  /** The spoke kept the call over a reconnect: it has been started. */
  readonly resumed?: true
  /** Its spoke is gone and may come back with it. */
  parked?: true
  /** What was received of its stream. */
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

/** How far its stream has come, for another instance. */
export function positionOf({ window: { received, upTo } }: Attempt): StreamPosition {
  return { received, upTo }
}

/** The same attempt at the instance to which its spoke has moved with the call. */
export function movedAttempt(
  { number, candidate, window }: Attempt,
  to: { readonly instanceId: string; readonly epoch: number; readonly own: string },
): Attempt {
  const { target } = candidate
  // The window stays what its reader has opened: a cut is no reason to take more.
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
