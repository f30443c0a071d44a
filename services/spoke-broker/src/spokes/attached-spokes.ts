import type { CallProvider, LoadOfSpoke } from '@alkdev/bus'
import type { AttachedSpoke } from './attached-spoke.ts'

/** The spokes attached to this process, the newest attachment of each. */
export class AttachedSpokes {
  readonly #byId = new Map<string, AttachedSpoke>()

  get size(): number {
    return this.#byId.size
  }

  get(spokeId: string): AttachedSpoke | undefined {
    return this.#byId.get(spokeId)
  }

  /**
   * Adds an attachment; returns the older one that it replaced. False when a newer one is there already: registrations may end in
   * another order than they started in.
   */
  put(spoke: AttachedSpoke): AttachedSpoke | undefined | false {
    const { spokeId, epoch } = spoke.info
    const there = this.#byId.get(spokeId)
    if (there && there.info.epoch > epoch) return false
    this.#byId.set(spokeId, spoke)
    return there
  }

  /** True when it was the newest. */
  delete(spoke: AttachedSpoke): boolean {
    if (this.#byId.get(spoke.info.spokeId) !== spoke) return false
    return this.#byId.delete(spoke.info.spokeId)
  }

  all(): readonly AttachedSpoke[] {
    return [...this.#byId.values()]
  }

  readonly loadOf: LoadOfSpoke = (spokeId) => this.#byId.get(spokeId)?.load

  /** Receives the calls of the bus. A call for an epoch that is not here is refused, never dispatched to another socket. */
  readonly provider: CallProvider = (call, sink) => {
    const { target } = call
    if (target.kind !== 'spoke')
      return sink.refuse('PROVIDER_UNAVAILABLE', 'This call is not for a spoke.')
    const spoke = this.#byId.get(target.spokeId)
    if (!spoke || spoke.info.epoch !== target.epoch)
      return sink.refuse('PROVIDER_UNAVAILABLE', 'The spoke is not attached here now.')
    return spoke.provide(call, sink, target.name)
  }
}
