/** A set of ids in code-unit order: what a keyset cursor walks over. Changes are applied at the next reading. */
export class SortedIds {
  readonly #ids = new Set<string>()
  #sorted: readonly string[] | undefined

  add(id: string): void {
    if (this.#ids.has(id)) return
    this.#ids.add(id)
    this.#sorted = undefined
  }

  delete(id: string): void {
    if (this.#ids.delete(id)) this.#sorted = undefined
  }

  /** The ids greater than `cursor`, or all. */
  *after(cursor?: string): Generator<string, void, undefined> {
    const sorted = (this.#sorted ??= [...this.#ids].toSorted())
    let low = 0
    let high = cursor === undefined ? 0 : sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] ?? '') > (cursor ?? '')) high = middle
      else low = middle + 1
    }
    for (let at = low; at < sorted.length; at++) yield sorted[at] ?? ''
  }
}
