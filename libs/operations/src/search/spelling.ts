/** Shorter words are not corrected, and corrected words are not shorter. */
const MIN_LENGTH = 3
/** From this length on, a word may have two errors. */
const MIN_LENGTH_FOR_TWO = 7
const MAX_LENGTH = 32

/** A letter set as bits, for a lower bound of the distance. */
function lettersOf(word: string): number {
  let letters = 0
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) & 31)
  return letters
}

function bits(value: number): number {
  let rest = value - ((value >>> 1) & 0x55555555)
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333)
  return (((rest + (rest >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

/**
 * The number of letters to insert, delete, replace or swap with their neighbor that turns one word into the other (optimal string alignment),
 * or `most + 1` when it is more than `most`.
 */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let steps = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] && i > 1 && j > 1)
        steps = Math.min(steps, (before[j - 2] ?? 0) + 1)
      row.push(steps)
      if (steps < least) least = steps
    }
    if (least > most) return most + 1
    before = last
    last = row
  }
  return Math.min(last[b.length] ?? 0, most + 1)
}

/** The known words with the fewest errors, and how many these are. */
export interface Corrections {
  readonly words: readonly string[]
  readonly errors: number
}

/** The words among which misspelled ones are looked up. */
export class Spelling {
  readonly #words: readonly string[]
  readonly #letters: Int32Array

  constructor(words: Iterable<string>) {
    this.#words = [...words].filter((word) => word.length >= MIN_LENGTH)
    this.#letters = Int32Array.from(this.#words, lettersOf)
  }

  /** The known words with the fewest errors: at most one for a word of 3 to 6 letters, at most two for a longer one. */
  nearest(word: string): Corrections {
    let most = word.length < MIN_LENGTH_FOR_TWO ? 1 : 2
    let words: string[] = []
    if (word.length < MIN_LENGTH || word.length > MAX_LENGTH || /\d/.test(word))
      return { words, errors: most }
    const letters = lettersOf(word)
    for (let at = 0; at < this.#words.length; at++) {
      if (bits(letters ^ (this.#letters[at] ?? 0)) > 2 * most) continue
      const known = this.#words[at] ?? ''
      const errors = editDistance(word, known, most)
      if (errors > most) continue
      if (errors < most) words = []
      most = errors
      words.push(known)
    }
    return { words, errors: most }
  }
}
