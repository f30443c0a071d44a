import type { KeyAuthenticator } from '@alkdev/lifecycle'
import type { IdentityChangeNotice } from '@alkdev/lifecycle'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

/** A call, or a stream of events, that runs for a client of this gateway. */
export interface ActiveCall {
  readonly callId: string
  readonly operationId: string
  readonly identity: Identity
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number
  readonly signal: AbortSignal
  /** Ends it; `reason` is what its client is told. */
  abort(reason: CallError): void
}

/** What runs for clients of this process right now, so that it can be found, aborted, and ended with its key. */
export class ActiveCalls {
  readonly #calls = new Map<string, ActiveCall>()

  get size(): number {
    return this.#calls.size
  }

  get(callId: string): ActiveCall | undefined {
    return this.#calls.get(callId)
  }

  /** Adds a call; `end` it whatever happens. */
  begin(callId: string, operationId: string, identity: Identity): ActiveCall {
    const controller = new AbortController()
    const call: ActiveCall = {
      callId,
      operationId,
      identity,
      startedAtMs: Date.now(),
      signal: controller.signal,
      abort: (reason) => controller.abort(reason),
    }
    this.#calls.set(callId, call)
    return call
  }

  end(call: ActiveCall): void {
    this.#calls.delete(call.callId)
  }

  abortAll(reason: CallError): void {
    for (const call of this.#calls.values()) call.abort(reason)
  }

  /** Asks for each key that a change may have touched whether it is still good, and ends what runs for those that are not. */
  async review(change: IdentityChangeNotice, authenticator: KeyAuthenticator): Promise<void> {
    const touched = new Map<string, Identity>()
    for (const { identity } of this.#calls.values()) {
      if (identity.keyId !== undefined && touches(change, identity)) {
        touched.set(identity.keyId, identity)
      }
    }
    for (const [keyId, identity] of touched) {
      // While Postgres is away nobody can say that a key is bad; the next change or request asks again.
      const now = await authenticator.recheck(identity).catch(() => identity)
      if (now !== undefined) continue
      const reason = new CallError('UNAUTHENTICATED', 'The key is no longer valid.')
      for (const call of this.#calls.values()) {
        if (call.identity.keyId === keyId) call.abort(reason)
      }
    }
  }
}

function touches({ kind, subjectIds }: IdentityChangeNotice, { id, keyId }: Identity): boolean {
  if (subjectIds === undefined) return true
  if (kind === 'key') return keyId !== undefined && subjectIds.includes(keyId)
  return subjectIds.includes(id)
}
