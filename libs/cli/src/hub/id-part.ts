import { UsageError } from '../failure.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const PART = /^[0-9a-f-]{1,36}$/i
/** The least characters of the end of an id that stand for it. */
const MIN_END = 4

/** True for a whole id, which needs no look-up. */
export function isWholeId(text: string): boolean {
  return UUID.test(text)
}

/** The beginning or the end of an id that a person gave, and the ids that it fits. */
export class IdPart {
  readonly #part: string
  readonly #isPart: boolean
  readonly #found = new Set<string>()
  #isCut = false

  constructor(text: string) {
    this.#part = text.toLowerCase()
    this.#isPart = PART.test(text)
  }

  /** False for a text that no id holds. */
  get isPart(): boolean {
    return this.#isPart
  }

  /** Notes an id that exists. */
  see(id: string): void {
    if (!this.#isPart) return
    const fits =
      id.startsWith(this.#part) || (this.#part.length >= MIN_END && id.endsWith(this.#part))
    if (fits) this.#found.add(id)
  }

  /** Notes that not all ids were looked at: another one may fit as well. */
  cut(): void {
    this.#isCut = true
  }

  get isFound(): boolean {
    return this.#found.size > 0
  }

  /** The id that fits, undefined when none does. Throws UsageError when several do, or there are too many ids to look at all of them. */
  get only(): string | undefined {
    const [first] = this.#found
    if (this.#isPart && this.#isCut && this.#found.size <= 1)
      throw new UsageError(
        `There are more ids than are looked through for one that begins or ends with ${this.#part}.`,
        'Give the whole id: others may begin or end so as well.',
      )
    if (this.#found.size <= 1) return first
    const shown = [...this.#found].slice(0, 5).join(', ')
    throw new UsageError(
      `Several ids begin or end with ${this.#part}.`,
      `Give more of the id: ${shown}${this.#found.size > 5 ? ', ...' : ''}.`,
    )
  }
}
