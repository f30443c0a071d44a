import type { Caller } from './caller/caller.ts'
import { Questions } from './questions.ts'
import { instanceTopic, SHARED_TOPIC } from './transport/transport.ts'
import type { Transport } from './transport/transport.ts'
import type { RunningCall } from './types.ts'
import type { FindFrame, FoundFrame } from './wire/frames.ts'

/** How long the other instances have to answer. */
const ANSWER_MS = 1000
/** What is no id of the hub's own is nowhere. */
const CALL_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Finds a running call wherever its clock runs. */
export class CallFinder {
  readonly #caller: Caller
  readonly #transport: Transport
  readonly #questions = new Questions<FoundFrame>()

  constructor(caller: Caller, transport: Transport) {
    this.#caller = caller
    this.#transport = transport
  }

  async find(callId: string): Promise<RunningCall | undefined> {
    const here = this.#findHere(callId)
    if (here !== undefined || !this.#transport.ready || !CALL_ID.test(callId)) return here
    const from = this.#caller.instanceId
    const answer = await this.#questions.ask(
      (query) => {
        const frame: FindFrame = { k: 'find', from, query, call: callId }
        return this.#transport.publish(SHARED_TOPIC, frame)
      },
      ({ running }) => running !== undefined,
      ANSWER_MS,
    )
    return answer?.running
  }

  /** Another instance looks for a call. */
  asked(frame: FindFrame): void {
    const from = this.#caller.instanceId
    if (frame.from === from) return
    const running = this.#findHere(frame.call)
    const answer: FoundFrame = { k: 'found', from, query: frame.query, running }
    this.#transport.publish(instanceTopic(frame.from), answer).catch(() => undefined)
  }

  told(frame: FoundFrame): void {
    this.#questions.told(frame.query, frame)
  }

  #findHere(callId: string): RunningCall | undefined {
    return this.#caller.find(callId)?.running
  }
}
