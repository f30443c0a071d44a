import type { Pair } from './pair.ts'
import type { Random } from './random.ts'

type Texts = readonly [said: readonly string[], meant: readonly string[]]

/** Two texts of an operation: what one says of it, and what the others say. */
export function ofOperation({ said, meant, near, rest }: Pair, random: Random): Texts {
  const drawn = random.next()
  const asked =
    drawn < 0.4
      ? or(said, meant.slice(0, 10))
      : drawn < 0.75
        ? or(meant.slice(0, 14), said)
        : or(rest.slice(0, 12), said)
  const found =
    drawn < 0.4
      ? [...near, ...meant.slice(0, 24), ...rest.slice(0, 10)]
      : drawn < 0.75
        ? [...near, ...said, ...rest.slice(0, 8)]
        : [...near, ...said, ...meant.slice(0, 12)]
  const query = some(asked, 0.7, random)
  const text = some(found, 0.85, random)
  return [or(query, said), random.next() < 0.5 ? or(others(text, query, 0.3, random), text) : text]
}

/** A word or phrase and what it means, mostly without the words that both have: the meaning is to be learned. `unlike`: how often. */
export function ofMeaning(
  { said, meant, near, rest }: Pair,
  unlike: number,
  random: Random,
): Texts {
  const query = some(random.next() < 0.6 ? said : or(rest, said), 0.9, random)
  const text = [...some(meant, 0.9, random), ...(random.next() < 0.7 ? near : [])]
  return [or(query, said), random.next() < unlike ? others(text, query, 0, random) : text]
}

function or(one: readonly string[], other: readonly string[]): readonly string[] {
  return one.length > 0 ? one : other
}

function some(words: readonly string[], share: number, random: Random): string[] {
  return words.filter(() => random.next() < share)
}

function others(
  words: readonly string[],
  said: readonly string[],
  kept: number,
  random: Random,
): string[] {
  const known = new Set(said)
  return words.filter((word) => !known.has(word) || random.next() < kept)
}
