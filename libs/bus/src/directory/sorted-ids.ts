/**
 * A set of ids in code-unit order: what a keyset cursor walks over. Changes are applied at the next reading, which merges them into the order
 * that is there: it costs a pass over the ids, and sorts the new ones only.
 */
export class SortedIds {
  readonly #ids = new Set<string>()
  #sorted: readonly string[] = []
  /** Ids of the set that are not in `#sorted`. */
  readonly #added = new Set<string>()
  /** Ids of `#sorted` that are no longer in the set. */
  readonly #deleted = new Set<string>()

  get size(): number {
    return this.#ids.size
  }

  add(id: string): void {
    if (this.#ids.has(id)) return
    this.#ids.add(id)
    if (!this.#deleted.delete(id)) this.#added.add(id)
  }

  delete(id: string): void {
    if (!this.#ids.delete(id)) return
    if (!this.#added.delete(id)) this.#deleted.add(id)
  }

  /** The ids greater than `cursor`, or all. */
  *after(cursor?: string): Generator<string, void, undefined> {
    const sorted = this.#settled()
    let low = 0
    let high = cursor === undefined ? 0 : sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] ?? '') > (cursor ?? '')) high = middle
      else low = middle + 1
    }
    for (let at = low; at < sorted.length; at++) yield sorted[at] ?? ''
  }

  #settled(): readonly string[] {
    if (this.#added.size === 0 && this.#deleted.size === 0) return this.#sorted
    const kept =
      this.#deleted.size === 0 ? this.#sorted : this.#sorted.filter((id) => !this.#deleted.has(id))
    this.#sorted = merged(kept, [...this.#added].toSorted())
    this.#added.clear()
    this.#deleted.clear()
    return this.#sorted
  }
}

function merged(a: readonly string[], b: readonly string[]): readonly string[] {
  if (b.length === 0) return a
  if (a.length === 0) return b
  const all: string[] = []
  let at = 0
  for (const id of a) {
    for (let next = b[at]; next !== undefined && next < id; next = b[++at]) all.push(next)
    all.push(id)
  }
  for (; at < b.length; at++) all.push(b[at] ?? '')
  return all
}
