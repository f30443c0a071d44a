import type { CallSink, ProvidedCall } from '@alkdev/bus'
import { FairQueue } from './fair-queue.ts'

/** A call that waits to be sent to a spoke, and the operation's name there. */
export interface AdmittedCall {
  readonly call: ProvidedCall
  readonly sink: CallSink
  readonly name: string
}

interface Waiting extends AdmittedCall {
  readonly arrivedAt: number
  readonly onAbort: () => void
}

/** The calls queued for one spoke, fair between their callers. An aborted call leaves the queue. */
export class WaitingCalls {
  readonly #queue = new FairQueue<Waiting>()

  get size(): number {
    return this.#queue.size
  }

  /** The signal of the call must not be aborted yet. */
  push(admitted: AdmittedCall): void {
    const { signal, header } = admitted.call
    const waiting: Waiting = {
      ...admitted,
      arrivedAt: performance.now(),
      // The bus ends the call; this only removes it from the queue.
      onAbort: () => this.#queue.remove(header.principal.id, waiting),
    }
    this.#queue.push(header.principal.id, waiting)
    signal.addEventListener('abort', waiting.onAbort, { once: true })
  }

  /** The next call, and the milliseconds that it has left. */
  shift(): (AdmittedCall & { readonly leftMs: number | undefined }) | undefined {
    const waiting = this.#queue.shift()
    if (waiting === undefined) return undefined
    const { call, sink, name, arrivedAt, onAbort } = waiting
    call.signal.removeEventListener('abort', onAbort)
    return { call, sink, name, leftMs: leftOf(call, arrivedAt) }
  }

  /** Empties the queue. */
  drain(): readonly AdmittedCall[] {
    const all = this.#queue.drain()
    for (const { call, onAbort } of all) call.signal.removeEventListener('abort', onAbort)
    return all
  }
}

/** The milliseconds left of a call that arrived at `arrivedAt`; undefined without a total time. */
export function leftOf({ remainingMs }: ProvidedCall, arrivedAt: number): number | undefined {
  if (remainingMs === undefined) return undefined
  return Math.max(1, remainingMs - (performance.now() - arrivedAt))
}
