import { abortError } from './abort-error.ts'
import { CallError } from './call-error.ts'
import type { CallErrorEvent, CallFrame } from './call-events.ts'
import { MAX_TIMER_MS } from './call-limits.ts'
import type { PendingRequest } from './pending-call.ts'

/** The conditions that end a call before its answer. */
export interface CallBounds {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which the call ends with the error of `timeout`. Undefined: no limit. */
  readonly timeoutMs?: number | undefined
  timeout(): CallError
}

interface Entry {
  readonly pending: PendingRequest
  readonly signal: AbortSignal | undefined
  onAbort: (() => void) | undefined
  timer: ReturnType<typeof setTimeout> | undefined
}

/**
 * The pending calls of this side of a connection: finds the call of a frame, and ends a call when its
 * time limit has passed, its signal aborts, or the connection is lost. Sends only aborts. Runs in browsers.
 */
export class OutgoingCallTable {
  readonly #entries = new Map<string, Entry>()
  readonly #maxPending: number
  readonly #sendAborted: (requestId: string, reason: string | undefined) => void

  /** `sendAborted` asks the other side to stop. It is called after the call has ended here. */
  constructor(
    maxPending: number,
    sendAborted: (requestId: string, reason: string | undefined) => void,
  ) {
    this.#maxPending = maxPending
    this.#sendAborted = sendAborted
  }

  get size(): number {
    return this.#entries.size
  }

  /** The call of this id is in flight; `pending`: and it is this one. */
  has(requestId: string, pending?: PendingRequest): boolean {
    const entry = this.#entries.get(requestId)
    return entry !== undefined && (pending === undefined || entry.pending === pending)
  }

  /** The reason why a call can't be made now: its signal is aborted, its id is in flight, or too many calls are pending (OVERLOADED). */
  refusal(requestId: string, signal: AbortSignal | undefined): CallError | undefined {
    if (signal?.aborted === true) return abortError(signal)
    if (this.#entries.has(requestId))
      return new CallError('VALIDATION_ERROR', 'A request with this id is in flight.', {
        requestId,
      })
    const { size } = this.#entries
    if (size < this.#maxPending) return undefined
    return new CallError('OVERLOADED', 'Too many requests are pending.', { pending: size })
  }

  /** Adds a call that is about to be sent. The call reports its end, of any kind, with `onEnded`. */
  add(requestId: string, pending: PendingRequest, bounds: CallBounds): void {
    const { signal, timeoutMs } = bounds
    const entry: Entry = { pending, signal, onAbort: undefined, timer: undefined }
    this.#entries.set(requestId, entry)
    if (timeoutMs !== undefined)
      entry.timer = setTimeout(
        () => this.#end(requestId, bounds.timeout(), 'time-out'),
        Math.min(timeoutMs, MAX_TIMER_MS),
      )
    if (signal === undefined) return
    entry.onAbort = () => {
      const error = abortError(signal)
      this.#end(requestId, error, error.message)
    }
    signal.addEventListener('abort', entry.onAbort, { once: true })
  }

  /** The call has ended: stops its clock. Unknown ids: nothing happens. */
  onEnded(requestId: string): void {
    const entry = this.#entries.get(requestId)
    if (entry === undefined) return
    this.#entries.delete(requestId)
    clearTimeout(entry.timer)
    if (entry.onAbort !== undefined) entry.signal?.removeEventListener('abort', entry.onAbort)
  }

  /** Ends a call without sending anything: its request could not be sent, or its answer is unusable. */
  fail(requestId: string, error: CallError, pending?: PendingRequest): void {
    if (this.has(requestId, pending)) this.#entries.get(requestId)?.pending.fail(error)
  }

  /** Aborts a call on both sides. A call rejects with ABORTED; the iteration of a subscription ends. */
  abort(requestId: string, reason: string | undefined): void {
    const entry = this.#entries.get(requestId)
    if (entry === undefined) return
    entry.pending.aborted(reason)
    this.#sendAborted(requestId, reason)
  }

  /** Ends every call with the error. `aborts`: the other side is asked to stop. */
  failAll(error: CallError, aborts = false): void {
    for (const [requestId, { pending }] of [...this.#entries]) {
      pending.fail(error)
      if (aborts) this.#sendAborted(requestId, error.message)
    }
  }

  /** A checked frame of the other side. False when it is not about a call of this side. */
  receive(frame: CallFrame): boolean {
    const entry = this.#entries.get(frame.payload.requestId)
    if (entry === undefined) return false
    const { pending } = entry
    switch (frame.type) {
      case 'call.responded':
        pending.responded(frame.payload)
        return true
      case 'call.completed':
        pending.completed(frame.payload.count)
        return true
      case 'call.error':
        pending.fail(errorOf(frame.payload))
        return true
      case 'call.aborted':
        pending.fail(new CallError('ABORTED', frame.payload.reason ?? 'The call was aborted.'))
        return true
      default:
        return false
    }
  }

  #end(requestId: string, error: CallError, reason: string): void {
    const entry = this.#entries.get(requestId)
    if (entry === undefined) return
    // In this order: on a target in the same process this side receives its own abort.
    entry.pending.fail(error)
    this.#sendAborted(requestId, reason)
  }
}

function errorOf(payload: CallErrorEvent & { readonly retryAfterMs?: unknown }): CallError {
  const { code, message, details, retryAfterMs } = payload
  const waits = typeof retryAfterMs === 'number' && retryAfterMs >= 0
  return new CallError(code, message, details, waits ? { retryAfterMs } : {})
}
