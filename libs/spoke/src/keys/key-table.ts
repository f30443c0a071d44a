import type { KeyLine } from './key-log.ts'

export interface KeyEntry {
  readonly inputHash: string
  readonly atMs: number
  /** JSON; absent while the call runs, and when its outcome is unknown. */
  readonly answer?: string
}

export interface KeyTableLimits {
  readonly keepMs: number
  readonly maxKeys: number
  /** Characters. */
  readonly maxAnswers: number
}

/** Characters of a line without its answer, about. */
const LINE = 200

/** The keys in memory, oldest first. Keys that are too old, or beyond a limit, are dropped; never one whose call runs. */
export class KeyTable {
  readonly #limits: KeyTableLimits
  readonly #entries = new Map<string, KeyEntry>()
  readonly #held = new Set<string>()
  #answers = 0

  constructor(limits: KeyTableLimits) {
    this.#limits = limits
  }

  /** Bytes of the file that holds what is here, about. */
  get size(): number {
    return this.#answers + 2 * LINE * this.#entries.size
  }

  get(key: string): KeyEntry | undefined {
    this.#prune()
    return this.#entries.get(key)
  }

  apply(line: KeyLine): void {
    const known = this.#entries.get(line.key)
    switch (line.is) {
      case 'started': {
        const { inputHash, atMs } = line
        this.#set(line.key, { inputHash, atMs })
        break
      }
      case 'done':
        if (known !== undefined) this.#set(line.key, { ...known, answer: line.answer })
        break
      default:
        this.#delete(line.key)
    }
    this.#prune()
  }

  /** The call of this key runs: it is not dropped until it is released. */
  hold(key: string): void {
    this.#held.add(key)
  }

  release(key: string): void {
    this.#held.delete(key)
  }

  /** The lines that lead to what is here. */
  *lines(): Generator<KeyLine> {
    for (const [key, { inputHash, atMs, answer }] of this.#entries) {
      yield { is: 'started', key, inputHash, atMs }
      if (answer !== undefined) yield { is: 'done', key, answer }
    }
  }

  #set(key: string, entry: KeyEntry): void {
    this.#answers += (entry.answer?.length ?? 0) - (this.#entries.get(key)?.answer?.length ?? 0)
    this.#entries.set(key, entry)
  }

  #delete(key: string): void {
    this.#answers -= this.#entries.get(key)?.answer?.length ?? 0
    this.#entries.delete(key)
  }

  #prune(): void {
    const { keepMs, maxKeys, maxAnswers } = this.#limits
    const old = Date.now() - keepMs
    for (const [key, { atMs }] of this.#entries) {
      const isOver = this.#entries.size > maxKeys || this.#answers > maxAnswers
      if (!isOver && atMs >= old) return
      if (!this.#held.has(key)) this.#delete(key)
    }
  }
}
