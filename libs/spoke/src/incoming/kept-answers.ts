import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import type { CallOrigin } from './call-origin.ts'

interface Answer {
  readonly text: string
  /** Items of a stream that were sent before it and may be lost as well. */
  readonly items: readonly string[]
  readonly bytes: number
  origin: CallOrigin
  /** A confirmation was requested after it was sent. */
  asked: boolean
}

export interface KeptAnswersLimits {
  readonly mostAnswers: number
  readonly mostBytes: number
}

const standard: KeptAnswersLimits = {
  mostAnswers: 4 * DEFAULT_LIMITS.maxInFlightPerSocket,
  mostBytes: 16 * 1024 * 1024,
}

/**
 * Ends of resumable calls, kept until the hub has confirmed them: a frame in a socket's buffer may be lost with it. The hub's
 * answer to a ping confirms everything sent before it. At most 1,024 answers and 16 MiB in total; beyond that the oldest are dropped.
 */
export class KeptAnswers {
  readonly #answers = new Map<string, Answer>()
  readonly #limits: KeptAnswersLimits
  readonly #dropped: (requestId: string) => void
  readonly #asking = new Set<CallOrigin>()
  #bytes = 0

  /** `dropped` is called with each answer that a limit drops. */
  constructor(dropped: (requestId: string) => void, limits: KeptAnswersLimits = standard) {
    this.#dropped = dropped
    this.#limits = limits
  }

  get size(): number {
    return this.#answers.size
  }

  /** Ids of the answers that were sent on sockets that are no longer open. */
  stranded(): string[] {
    return [...this.#answers].flatMap(([id, { origin }]) => (origin.open ? [] : [id]))
  }

  /** Sends an answer and keeps it until it has arrived; `items` were sent before it and are sent again with it after a reconnect. */
  send(requestId: string, text: string, origin: CallOrigin, items: readonly string[] = []): void {
    this.#delete(requestId)
    const bytes = items.reduce((sum, item) => sum + item.length, text.length)
    this.#answers.set(requestId, { text, items, bytes, origin, asked: false })
    this.#bytes += bytes
    origin.sendText(text)
    this.#ask(origin)
    for (const oldest of this.#answers.keys()) {
      const { mostAnswers, mostBytes } = this.#limits
      if (this.#answers.size <= mostAnswers && this.#bytes <= mostBytes) break
      this.#delete(oldest)
      this.#dropped(oldest)
    }
  }

  /** Everything that was sent on the socket before the last ping has arrived. */
  confirmed(origin: CallOrigin): void {
    this.#asking.delete(origin)
    let more = false
    for (const [id, answer] of this.#answers) {
      if (answer.origin !== origin) continue
      if (answer.asked) this.#delete(id)
      else more = true
    }
    if (more) this.#ask(origin)
  }

  /** After a reconnect: sends the answers that the hub still needs again, and discards the others. */
  resumed(wanted: ReadonlySet<string>, origin: CallOrigin): void {
    for (const id of this.stranded()) {
      const answer = this.#answers.get(id)
      this.#delete(id)
      if (!answer || !wanted.has(id)) continue
      for (const item of answer.items) origin.sendText(item)
      this.send(id, answer.text, origin, answer.items)
    }
  }

  /** No confirmation for answers sent on this socket will arrive. */
  forget(origin: CallOrigin): void {
    this.#asking.delete(origin)
    for (const [id, answer] of this.#answers) if (answer.origin === origin) this.#delete(id)
  }

  /** One ping at a time: its answer covers everything sent before it. */
  #ask(origin: CallOrigin): void {
    if (this.#asking.has(origin) || !origin.confirm()) return
    this.#asking.add(origin)
    for (const answer of this.#answers.values()) if (answer.origin === origin) answer.asked = true
  }

  #delete(requestId: string): void {
    const answer = this.#answers.get(requestId)
    if (!answer) return
    this.#answers.delete(requestId)
    this.#bytes -= answer.bytes
  }
}
