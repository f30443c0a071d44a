import type { CallProvider } from '@alkdev/bus'
import type { AttachedSpoke } from './attached-spoke.ts'

/** The spokes attached to this process, the newest socket of each. */
export class AttachedSpokes {
  readonly #byId = new Map<string, AttachedSpoke>()

  get size(): number {
    return this.#byId.size
  }

  get(spokeId: string): AttachedSpoke | undefined {
    return this.#byId.get(spokeId)
  }

  set(spoke: AttachedSpoke): void {
    this.#byId.set(spoke.facts.spokeId, spoke)
  }

  /** Removes it unless a newer socket took its place. */
  delete(spoke: AttachedSpoke): void {
    if (this.#byId.get(spoke.facts.spokeId) === spoke) this.#byId.delete(spoke.facts.spokeId)
  }

  all(): readonly AttachedSpoke[] {
    return [...this.#byId.values()]
  }

  /** What the bus gives calls to. A call for an epoch that is not here is refused, never given to another socket. */
  readonly provider: CallProvider = (call, sink) => {
    const { target } = call
    if (target.kind !== 'spoke')
      return sink.refuse('PROVIDER_UNAVAILABLE', 'This is no call for a spoke.')
    const spoke = this.#byId.get(target.spokeId)
    if (!spoke || spoke.facts.epoch !== target.epoch)
      return sink.refuse('PROVIDER_UNAVAILABLE', 'The spoke is not attached here now.')
    return spoke.provide(call, sink, target.name)
  }
}
