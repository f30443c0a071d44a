import { CallError } from '@alkdev/operations'
import { callStep } from './call-step.ts'
import type { StepRuntime } from './call-step.ts'
import { storedIdentity } from '../queue/queued-identity.ts'
import type { StoredGrant } from '../queue/queued-identity.ts'
import { watchCollected } from '../calls/watch-collected.ts'
import { collectLostCall } from './lost-call.ts'
import type { StartedCall } from './start-steps.ts'
import type { OpenCall } from './step-facts.ts'

/** How a call of a step ended. */
export type EndedCall = { readonly open: OpenCall } & (
  | { readonly output: unknown }
  | { readonly error: CallError }
)

interface Making {
  readonly open: OpenCall
  readonly controller: AbortController
  /** It was made by another process. */
  readonly isCollected: boolean
  /** The call goes on without this process: the next holder of the run collects its answer. */
  isLeft: boolean
}

export interface RunCallsOptions {
  readonly runtime: StepRuntime
  /** No other process can have the claim of the run yet. */
  readonly isHeld: () => boolean
  readonly onEnded: (ended: EndedCall) => void
  /** A call has ended, or was left. */
  readonly onChange: () => void
}

/** The calls of the steps of one run that this process makes, or whose answers it collects. */
export class RunCalls {
  readonly #options: RunCallsOptions
  readonly #making = new Map<string, Making>()

  constructor(options: RunCallsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#making.size
  }

  has(callId: string): boolean {
    return this.#making.has(callId)
  }

  /** Makes a call whose start is stored. */
  make({ call, open, rights }: StartedCall): void {
    const { runtime, isHeld, onEnded, onChange } = this.#options
    // After a pause of the process another one may have the run, and decide about this call.
    if (!isHeld()) {
      const message = 'The claim of the run may be over; nothing ran.'
      onEnded({ open, error: new CallError('UNAVAILABLE', message) })
      onChange()
      return
    }
    this.#await(open, false, ({ controller }) => callStep(runtime, call, rights, controller.signal))
  }

  /** Collects the answer of a call of a process that is gone. The call is aborted when `grant`, that of the run, does not cover it any more. */
  collect(open: OpenCall, grant: StoredGrant): void {
    const { runtime } = this.#options
    this.#await(open, true, async (making) => {
      const { controller } = making
      const unwatch = watchCollected(
        runtime,
        { callId: open.callId, operationId: open.operationId },
        () => storedIdentity(runtime, grant),
        (reason) => controller.abort(reason),
      )
      try {
        return await collectLostCall(runtime, open, controller.signal, () => making.isLeft)
      } finally {
        unwatch()
      }
    })
  }

  abort(callId: string, reason: string): void {
    this.#making.get(callId)?.controller.abort(new CallError('ABORTED', reason))
  }

  /** Leaves all calls to their providers. Those that run in this process are aborted, unless `isLost`: then another process decides about them. */
  leave(isLost: boolean): void {
    for (const [callId, making] of this.#making) {
      // What ends by this reads it at once.
      making.isLeft = true
      if (this.#options.runtime.bus.leave(callId)) continue
      making.isLeft = isLost || making.isCollected
      making.controller.abort(STOPPING)
    }
  }

  #await(open: OpenCall, isCollected: boolean, work: (making: Making) => Promise<unknown>): void {
    const { onEnded, onChange } = this.#options
    const controller = new AbortController()
    const making: Making = { open, controller, isCollected, isLeft: false }
    this.#making.set(open.callId, making)
    void work(making)
      .then(
        (output) => onEnded({ open, output }),
        (error: unknown) => {
          if (!making.isLeft) onEnded({ open, error: CallError.from(error) })
        },
      )
      .finally(() => {
        this.#making.delete(open.callId)
        onChange()
      })
  }
}

/** Why calls end that run in this process when it stops. */
const STOPPING = new CallError('PROVIDER_LOST', 'The coordinator stops.', {
  outcome: 'unknown',
  reason: 'draining',
})
