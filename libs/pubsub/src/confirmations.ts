import { CodedError } from '@alkdev/errors'

interface Entry {
  confirmed: boolean
  /** Resolves with the next confirmation. */
  next: PromiseWithResolvers<void>
}

/** Which of the topics that have listeners the other side has confirmed, and who waits for it. */
export class Confirmations {
  readonly #topics = new Map<string, Entry>()

  open(topic: string): void {
    this.#topics.set(topic, { confirmed: false, next: waiting() })
  }

  has(topic: string): boolean {
    return this.#topics.has(topic)
  }

  topics(): IterableIterator<string> {
    return this.#topics.keys()
  }

  isConfirmed(topic: string): boolean {
    return this.#topics.get(topic)?.confirmed === true
  }

  get allConfirmed(): boolean {
    for (const entry of this.#topics.values()) if (!entry.confirmed) return false
    return true
  }

  /** Resolves with the next confirmation, at once if there is one. Rejects with CONFLICT for a topic that is not open. */
  wait(topic: string): Promise<void> {
    const entry = this.#topics.get(topic)
    if (!entry) return Promise.reject(new CodedError('CONFLICT', 'the topic has no listener'))
    return entry.confirmed ? Promise.resolve() : entry.next.promise
  }

  confirm(topic: string): void {
    const entry = this.#topics.get(topic)
    if (!entry || entry.confirmed) return
    entry.confirmed = true
    entry.next.resolve()
  }

  /** Rejects the waiting callers; the topic stays open, and a later confirmation counts. */
  refuse(topic: string, error: CodedError): void {
    const entry = this.#topics.get(topic)
    if (!entry) return
    entry.confirmed = false
    entry.next.reject(error)
    entry.next = waiting()
  }

  drop(topic: string): void {
    this.#topics.get(topic)?.next.reject(new CodedError('CONFLICT', 'the last listener has left'))
    this.#topics.delete(topic)
  }

  /** The connection is lost: nothing is confirmed any more, those who wait wait on. */
  reset(): void {
    for (const entry of this.#topics.values()) {
      if (!entry.confirmed) continue
      entry.confirmed = false
      entry.next = waiting()
    }
  }

  close(error: CodedError): void {
    for (const entry of this.#topics.values()) entry.next.reject(error)
    this.#topics.clear()
  }
}

function waiting(): PromiseWithResolvers<void> {
  const next = Promise.withResolvers<void>()
  next.promise.catch(() => {})
  return next
}
