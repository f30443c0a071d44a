import type { ResourceScopes } from './records.ts'

/** Builds `"type:id" -> scopes`. Scopes of one resource are kept once each. */
export class ResourceBuilder {
  readonly #entries = new Map<string, Set<string>>()

  static from(resources: ResourceScopes): ResourceBuilder {
    const builder = new ResourceBuilder()
    for (const [name, scopes] of Object.entries(resources))
      builder.#entries.set(name, new Set(scopes))
    return builder
  }

  add(type: string, id: string, scopes: readonly string[]): this {
    const name = `${type}:${id}`
    this.#entries.set(name, new Set([...(this.#entries.get(name) ?? []), ...scopes]))
    return this
  }

  addOne(type: string, id: string, scope: string): this {
    return this.add(type, id, [scope])
  }

  addMany(type: string, ids: readonly string[], scopes: readonly string[]): this {
    for (const id of ids) this.add(type, id, scopes)
    return this
  }

  remove(type: string, id: string): this {
    this.#entries.delete(`${type}:${id}`)
    return this
  }

  /** Drops the entry when nothing is left of it. */
  removeScopes(type: string, id: string, scopes: readonly string[]): this {
    const name = `${type}:${id}`
    const entry = this.#entries.get(name)
    for (const scope of scopes) entry?.delete(scope)
    if (entry?.size === 0) this.#entries.delete(name)
    return this
  }

  has(type: string, id: string): boolean {
    return this.#entries.has(`${type}:${id}`)
  }

  /** Empty when there is none. */
  get(type: string, id: string): string[] {
    return [...(this.#entries.get(`${type}:${id}`) ?? [])]
  }

  clear(): this {
    this.#entries.clear()
    return this
  }

  build(): Record<string, string[]> {
    return Object.fromEntries([...this.#entries].map(([name, scopes]) => [name, [...scopes]]))
  }
}

export function createResourceBuilder(): ResourceBuilder {
  return new ResourceBuilder()
}
