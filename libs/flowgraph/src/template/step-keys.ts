/** Keys of steps: the author's, or the name, numbered from the second step of that name on. */
export class StepKeys {
  readonly #counts = new Map<string, number>()
  readonly #taken = new Set<string>()

  give(scope: string, own: string | undefined, name: string): { key: string; taken: boolean } {
    const key = own === undefined ? this.#free(scope + name) : scope + own
    const taken = this.#taken.has(key)
    this.#taken.add(key)
    return { key, taken }
  }

  #free(name: string): string {
    for (let n = (this.#counts.get(name) ?? 0) + 1; ; n += 1) {
      const key = n === 1 ? name : `${name}#${n}`
      if (this.#taken.has(key)) continue
      this.#counts.set(name, n)
      return key
    }
  }
}
