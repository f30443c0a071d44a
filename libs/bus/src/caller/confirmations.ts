const BATCH = 256

type Done = readonly (readonly [call: string, n: number])[]

/** Collects, for each provider, the attempts whose end has arrived, and confirms them in batches. */
export class Confirmations {
  readonly #byProvider = new Map<string, [string, number][]>()
  readonly #send: (instanceId: string, done: Done) => void

  constructor(send: (instanceId: string, done: Done) => void) {
    this.#send = send
  }

  add(instanceId: string, call: string, n: number): void {
    const done = this.#byProvider.get(instanceId)
    if (done === undefined) {
      this.#byProvider.set(instanceId, [[call, n]])
      return
    }
    done.push([call, n])
    if (done.length < BATCH) return
    this.#byProvider.delete(instanceId)
    this.#send(instanceId, done)
  }

  flush(): void {
    for (const [instanceId, done] of this.#byProvider) this.#send(instanceId, done)
    this.#byProvider.clear()
  }
}
