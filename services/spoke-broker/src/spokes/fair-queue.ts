/** A bounded queue that takes from its groups in turn, so that one caller with many calls does not delay the others. */
export class FairQueue<T> {
  readonly #groups = new Map<string, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(group: string, item: T): void {
    const items = this.#groups.get(group)
    if (items) items.push(item)
    else this.#groups.set(group, [item])
    this.#size += 1
  }

  /** The oldest item of the group whose turn it is. */
  shift(): T | undefined {
    const next = this.#groups.entries().next()
    if (next.done) return undefined
    const [group, items] = next.value
    const item = items.shift()
    // Moves the group to the end: Map keeps the order of insertion.
    this.#groups.delete(group)
    if (items.length > 0) this.#groups.set(group, items)
    this.#size -= 1
    return item
  }

  remove(group: string, item: T): boolean {
    const items = this.#groups.get(group)
    const at = items?.indexOf(item) ?? -1
    if (!items || at < 0) return false
    items.splice(at, 1)
    if (items.length === 0) this.#groups.delete(group)
    this.#size -= 1
    return true
  }

  /** Takes all items. */
  drain(): T[] {
    const all = [...this.#groups.values()].flat()
    this.#groups.clear()
    this.#size = 0
    return all
  }
}
