import type { RegistryOperation } from '@alkdev/contracts'
import type { OperationSpec } from '@alkdev/operations'

interface Shared {
  readonly spec: OperationSpec
  users: number
}

/** One object for equal specs: the same program on many machines offers the same operations. */
export class SharedSpecs {
  readonly #byText = new Map<string, Shared>()
  readonly #texts = new WeakMap<OperationSpec, string>()

  /** Number of different specs. */
  get size(): number {
    return this.#byText.size
  }

  /** The operations with specs that others may use too. Ends with `release`. */
  share(operations: readonly RegistryOperation[]): RegistryOperation[] {
    return operations.map((operation) => {
      const { spec } = operation
      const text = this.#texts.get(spec) ?? JSON.stringify(spec)
      let shared = this.#byText.get(text)
      if (shared === undefined) {
        shared = { spec, users: 0 }
        this.#byText.set(text, shared)
        this.#texts.set(spec, text)
      }
      shared.users++
      return shared.spec === spec ? operation : { ...operation, spec: shared.spec }
    })
  }

  release(operations: readonly RegistryOperation[]): void {
    for (const { spec } of operations) {
      const text = this.#texts.get(spec)
      const shared = text === undefined ? undefined : this.#byText.get(text)
      if (text === undefined || shared === undefined) continue
      shared.users--
      if (shared.users === 0) this.#byText.delete(text)
    }
  }
}
