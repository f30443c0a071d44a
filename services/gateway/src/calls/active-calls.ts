import type { Bus } from '@alkdev/bus'
import type { Authenticated } from '@alkdev/contracts'
import { mayGoOn } from '@alkdev/service'
import type { IdentityWatcher, WatchedUse } from '@alkdev/service'
import type { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { sharedNow } from '@alkdev/std'

/** A call, or a stream of events, that runs for a client of this gateway. */
export interface ActiveCall {
  readonly callId: string
  readonly operationId: string
  readonly identity: Identity
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number
  readonly signal: AbortSignal
  /** Ends the call. Its client receives `reason`. */
  abort(reason: CallError): void
}

/** The running calls and streams of this process's clients, so that they can be found, aborted, and ended with their key. */
export class ActiveCalls {
  readonly #calls = new Map<string, ActiveCall>()
  readonly #unwatch = new Map<ActiveCall, () => void>()
  readonly #live: IdentityWatcher
  readonly #bus: Pick<Bus, 'directory' | 'mayContinue'>

  constructor(live: IdentityWatcher, bus: Pick<Bus, 'directory' | 'mayContinue'>) {
    this.#live = live
    this.#bus = bus
  }

  get size(): number {
    return this.#calls.size
  }

  get(callId: string): ActiveCall | undefined {
    return this.#calls.get(callId)
  }

  /**
   * Adds a call; `end` it in every case. It is aborted with UNAUTHENTICATED when its key is no longer valid, and with ACCESS_DENIED when
   * `allowed` returns false; by default when the key may no longer see the operation, or call the spoke that has the call.
   */
  begin(
    callId: string,
    operationId: string,
    authenticated: Authenticated,
    allowed: WatchedUse['allowed'] = (now) =>
      mayGoOn(this.#bus, { callId, operationId }, authenticated.identity, now.identity),
  ): ActiveCall {
    const { identity } = authenticated
    const controller = new AbortController()
    const call: ActiveCall = {
      callId,
      operationId,
      identity,
      startedAtMs: sharedNow(),
      signal: controller.signal,
      abort: (reason) => controller.abort(reason),
    }
    this.#calls.set(callId, call)
    const end = (reason: CallError): void => controller.abort(reason)
    this.#unwatch.set(call, this.#live.watch({ authenticated, end, allowed }))
    return call
  }

  end(call: ActiveCall): void {
    this.#calls.delete(call.callId)
    this.#unwatch.get(call)?.()
    this.#unwatch.delete(call)
  }

  abortAll(reason: CallError): void {
    for (const call of this.#calls.values()) call.abort(reason)
  }
}
