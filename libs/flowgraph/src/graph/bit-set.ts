/** A set of small whole numbers. */
export class BitSet {
  #words = new Uint32Array(2)

  add(member: number): void {
    const word = member >>> 5
    if (word >= this.#words.length) {
      const wider = new Uint32Array(Math.max(word + 1, this.#words.length * 2))
      wider.set(this.#words)
      this.#words = wider
    }
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (member & 31))
  }

  delete(member: number): void {
    const word = member >>> 5
    if (word < this.#words.length) {
      this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (member & 31))
    }
  }

  has(member: number): boolean {
    return ((this.#words[member >>> 5] ?? 0) & (1 << (member & 31))) !== 0
  }

  *[Symbol.iterator](): Generator<number> {
    for (let at = 0; at < this.#words.length; at += 1) {
      for (let word = this.#words[at] ?? 0; word !== 0; word &= word - 1) {
        yield at * 32 + 31 - Math.clz32(word & -word)
      }
    }
  }
}
