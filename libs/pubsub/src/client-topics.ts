import { CodedError } from '@alkdev/errors'
import { Confirmations } from './confirmations.ts'
import { ControlType, refusal, topicControl } from './control.ts'
import type { TopicControl } from './control.ts'
import { targetClosed } from './faults.ts'
import type { EventEnvelope } from './types.ts'

/** Sends a control envelope if there is a connection; does nothing else. */
export type SendControl = (type: ControlType, payload: TopicControl) => void

/** The topics that a client wants from a server, each asked for with a number that its answer carries back. */
export class ClientTopics {
  readonly #confirmations = new Confirmations()
  /** The number of the latest request for a topic. */
  readonly #refs = new Map<string, number>()
  readonly #send: SendControl
  #lastRef = 0

  constructor(send: SendControl) {
    this.#send = send
  }

  open(topic: string): void {
    this.#confirmations.open(topic)
    this.#ask(topic)
  }

  drop(topic: string): void {
    if (!this.#confirmations.has(topic)) return
    this.#confirmations.drop(topic)
    this.#refs.delete(topic)
    this.#send(ControlType.UNSUBSCRIBE, { topic })
  }

  /** Resolves with the server's answer on the present connection. Asks again for a topic that was refused. */
  confirmed(topic: string): Promise<void> {
    const open = this.#confirmations.has(topic) && !this.#confirmations.isConfirmed(topic)
    if (open && !this.#refs.has(topic)) this.#ask(topic)
    return this.#confirmations.wait(topic)
  }

  connected(): void {
    for (const topic of this.#confirmations.topics()) this.#ask(topic)
  }

  disconnected(): void {
    this.#confirmations.reset()
    this.#refs.clear()
  }

  /** Throws VALIDATION_ERROR when the answer is malformed. Answers to requests that do not count any more are ignored. */
  answered(envelope: EventEnvelope): void {
    const { topic, ref } = topicControl(envelope)
    if (ref === undefined || this.#refs.get(topic) !== ref) return
    if (envelope.type === ControlType.SUBSCRIBED) return this.#confirmations.confirm(topic)
    const { code, message } = refusal(envelope)
    this.#refs.delete(topic)
    this.#confirmations.refuse(topic, new CodedError(code, message, { details: { topic } }))
  }

  close(): void {
    for (const topic of this.#confirmations.topics()) this.#send(ControlType.UNSUBSCRIBE, { topic })
    this.#confirmations.close(targetClosed())
    this.#refs.clear()
  }

  #ask(topic: string): void {
    const ref = ++this.#lastRef
    this.#refs.set(topic, ref)
    this.#send(ControlType.SUBSCRIBE, { topic, ref })
  }
}
