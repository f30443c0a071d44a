import { CallError } from '@alkdev/operations'
import { deferred, uuidv7 } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { Caller } from './caller/caller.ts'
import { instanceTopic, SHARED_TOPIC } from './transport/transport.ts'
import type { Transport } from './transport/transport.ts'
import type { AbortReceipt, KilledFrame, KillFrame } from './wire/frames.ts'

/** How long an aborted handler is waited for, and how long the other instances have to answer. */
const RECEIPT_MS = 2500
const ANSWER_MS = 3000

export interface Killed {
  readonly found: boolean
  readonly receipt?: AbortReceipt
}

interface Query {
  readonly done: Deferred<Killed>
  missing: number
}

/** Aborts a call wherever its clock runs. */
export class KillSwitch {
  readonly #caller: Caller
  readonly #transport: Transport
  readonly #queries = new Map<string, Query>()

  constructor(caller: Caller, transport: Transport) {
    this.#caller = caller
    this.#transport = transport
  }

  async abort(callId: string, reason: string): Promise<Killed> {
    const here = await this.#abortHere(callId, reason)
    if (here.found || !this.#transport.ready) return here
    const query: Query = { done: deferred(), missing: Infinity }
    const id = uuidv7()
    this.#queries.set(id, query)
    const timer = setTimeout(() => query.done.resolve({ found: false }), ANSWER_MS)
    try {
      const frame: KillFrame = {
        k: 'kill',
        from: this.#caller.instanceId,
        query: id,
        call: callId,
        reason,
      }
      const asked = await this.#transport.publish(SHARED_TOPIC, frame)
      // This instance hears it too and does not answer itself.
      this.#answered(query, query.missing === Infinity ? asked - 1 : asked - 1 + query.missing)
      return await query.done.promise
    } finally {
      clearTimeout(timer)
      this.#queries.delete(id)
    }
  }

  /** Another instance looks for a call. */
  asked(frame: KillFrame): void {
    if (frame.from === this.#caller.instanceId) return
    void this.#abortHere(frame.call, frame.reason).then((killed) => {
      const answer: KilledFrame = {
        k: 'killed',
        from: this.#caller.instanceId,
        query: frame.query,
        ...killed,
      }
      this.#transport.publish(instanceTopic(frame.from), answer).catch(() => undefined)
    })
  }

  told(frame: KilledFrame): void {
    const query = this.#queries.get(frame.query)
    if (query === undefined) return
    if (frame.found) {
      query.done.resolve(
        frame.receipt === undefined ? { found: true } : { found: true, receipt: frame.receipt },
      )
      return
    }
    this.#answered(query, query.missing === Infinity ? Infinity : query.missing - 1)
  }

  #answered(query: Query, missing: number): void {
    query.missing = missing
    if (missing <= 0) query.done.resolve({ found: false })
  }

  async #abortHere(callId: string, reason: string): Promise<Killed> {
    const call = this.#caller.find(callId)
    if (call === undefined) return { found: false }
    call.abort(new CallError('ABORTED', reason))
    const receipt = await call.receiptWait.within(RECEIPT_MS)
    return receipt === undefined ? { found: true } : { found: true, receipt }
  }
}
