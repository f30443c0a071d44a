import { CallError } from '@alkdev/operations'
import type { Caller } from './caller/caller.ts'
import { Questions } from './questions.ts'
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

/** Aborts a call wherever its clock runs. */
export class KillSwitch {
  readonly #caller: Caller
  readonly #transport: Transport
  readonly #questions = new Questions<KilledFrame>()

  constructor(caller: Caller, transport: Transport) {
    this.#caller = caller
    this.#transport = transport
  }

  async abort(callId: string, reason: string): Promise<Killed> {
    const here = await this.#abortHere(callId, reason)
    if (here.found || !this.#transport.ready) return here
    const from = this.#caller.instanceId
    const answer = await this.#questions.ask(
      (query) => {
        const frame: KillFrame = { k: 'kill', from, query, call: callId, reason }
        return this.#transport.publish(SHARED_TOPIC, frame)
      },
      ({ found }) => found,
      ANSWER_MS,
    )
    if (answer === undefined) return { found: false }
    const { receipt } = answer
    return receipt === undefined ? { found: true } : { found: true, receipt }
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
    this.#questions.told(frame.query, frame)
  }

  async #abortHere(callId: string, reason: string): Promise<Killed> {
    const call = this.#caller.find(callId)
    if (call === undefined) return { found: false }
    call.abort(new CallError('ABORTED', reason))
    const receipt = await call.receiptWait.within(RECEIPT_MS)
    return receipt === undefined ? { found: true } : { found: true, receipt }
  }
}
