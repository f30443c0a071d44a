import type { AttemptId } from '../wire/frames.ts'

/** A provider keeps each attempt until then: with larger batches more of them outlive a collection of garbage. */
const BATCH = 32

type SendDone = (instanceId: string, done: readonly AttemptId[]) => void

/** Collects, for each provider, the attempts whose end has arrived, and confirms them in batches. */
export class Confirmations {
  readonly #byProvider = new Map<string, AttemptId[]>()
  readonly #send: SendDone

  constructor(send: SendDone) {
    this.#send = send
  }

  add(instanceId: string, callId: string, attempt: number): void {
    const done = this.#byProvider.get(instanceId)
    if (done === undefined) {
      this.#byProvider.set(instanceId, [[callId, attempt]])
      return
    }
    done.push([callId, attempt])
    if (done.length < BATCH) return
    this.#byProvider.delete(instanceId)
    this.#send(instanceId, done)
  }

  flush(): void {
    for (const [instanceId, done] of this.#byProvider) this.#send(instanceId, done)
    this.#byProvider.clear()
  }
}
