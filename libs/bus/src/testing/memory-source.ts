import type { RegistrySnapshot, RegistrySpoke } from '@alkdev/contracts'
import type { RegistrySource } from '../registry-source.ts'

type News = RegistrySnapshot & { readonly removedSpokeIds: readonly string[] }

/** A registry in memory: the counterpart of what the storage library does with Postgres. */
export class MemorySource implements RegistrySource {
  readonly #spokes = new Map<string, RegistrySpoke>()
  readonly #changes: { readonly change: number; readonly spokeId: string }[] = []
  #change = 0
  /** Changes up to this one are no longer listed, so that `loadSince` has a gap. */
  keptFrom = 0
  /** Set to make every reading fail. */
  failure: Error | undefined
  loadsAll = 0
  loadsSince = 0

  get change(): number {
    return this.#change
  }

  /** Commits a spoke; returns the number of the change. */
  put(spoke: RegistrySpoke): number {
    this.#spokes.set(spoke.spokeId, spoke)
    return this.#note(spoke.spokeId)
  }

  remove(spokeId: string): number {
    this.#spokes.delete(spokeId)
    return this.#note(spokeId)
  }

  loadAll(): Promise<RegistrySnapshot> {
    this.loadsAll++
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return Promise.resolve({ change: this.#change, spokes: [...this.#spokes.values()] })
  }

  loadSince(since: number): Promise<News | undefined> {
    this.loadsSince++
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (since < this.keptFrom) return Promise.resolve(undefined)
    const touched = new Set(
      this.#changes.filter(({ change }) => change > since).map(({ spokeId }) => spokeId),
    )
    return Promise.resolve({
      change: this.#change,
      spokes: [...touched].flatMap((spokeId) => this.#spokes.get(spokeId) ?? []),
      removedSpokeIds: [...touched].filter((spokeId) => !this.#spokes.has(spokeId)),
    })
  }

  #note(spokeId: string): number {
    this.#changes.push({ change: ++this.#change, spokeId })
    return this.#change
  }
}
