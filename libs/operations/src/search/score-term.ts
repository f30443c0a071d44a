import type { Examined } from './examined.ts'
import type { Posting, Postings } from './postings.ts'
import type { QueryTerm } from './query-phrases.ts'

/** A verb says less than a noun: what an operation does is counted by its effect too. */
const VERB_WEIGHT = 0.7
/** What a word that says little counts, however rare it is among operations. */
const FILLER_WEIGHT = 0.4
/** A part of a step of a search. */
const FEW = 512

/** By entry: its score, and the shares of the query and of its own name that were found; then the same for the current word alone. */
export interface Scratch {
  readonly scores: Float64Array
  readonly found: Float64Array
  readonly named: Float64Array
  readonly best: Float64Array
  readonly share: Float64Array
  readonly name: Float64Array
}

export function scratchOf(size: number): Scratch {
  const array = (): Float64Array => new Float64Array(size)
  return {
    scores: array(),
    found: array(),
    named: array(),
    best: array(),
    share: array(),
    name: array(),
  }
}

/** Adds one word of the query to an index of `size` entries, to each entry the best of its matches. Returns how much the word tells the entries apart. */
export function* scoreTerm(
  { matches, assumed, verb, filler }: QueryTerm,
  { postings, size }: { readonly postings: Postings; readonly size: number },
  scratch: Scratch,
  candidates: number[],
  examined: Examined,
): Generator<void, number> {
  const touched: number[] = []
  let matched = 0
  for (const [text, factor] of matches) {
    const posting = postings.packed(text) ?? (yield* postings.getSteps(text, examined))
    if (posting === undefined) continue
    const { length } = posting.entries
    // Most words are in few entries, and a generator for each costs more than these.
    if (length <= FEW) {
      matched += addMatch(posting, factor, 0, length, scratch, touched)
      if (examined.add(length)) yield
    } else
      yield* examined.each(length, (from, to) => {
        matched += addMatch(posting, factor, from, to, scratch, touched)
      })
  }
  const rarity = rarityOf(size, matched)
  const idf = filler ? rarity * FILLER_WEIGHT : verb ? rarity * VERB_WEIGHT : rarity
  if (touched.length <= FEW) {
    addTerm(touched, 0, touched.length, idf, assumed, scratch, candidates)
    if (examined.add(touched.length)) yield
  } else
    yield* examined.each(touched.length, (from, to) => {
      addTerm(touched, from, to, idf, assumed, scratch, candidates)
    })
  return assumed === undefined ? idf : 0
}

/** Adds what was noted of a word to a part of the entries that have it. */
function addTerm(
  touched: readonly number[],
  from: number,
  to: number,
  idf: number,
  assumed: number | undefined,
  { scores, found, named, best, share, name }: Scratch,
  candidates: number[],
): void {
  for (let at = from; at < to; at++) {
    const number = touched[at] ?? -1
    const before = scores[number] ?? 0
    if (assumed === undefined) {
      if (before === 0) candidates.push(number)
      scores[number] = before + idf * (best[number] ?? 0)
      found[number] = (found[number] ?? 0) + idf * (share[number] ?? 0)
      named[number] = (named[number] ?? 0) + (name[number] ?? 0)
    } else if (before > 0) scores[number] = before + assumed * idf * (best[number] ?? 0)
    best[number] = 0
    share[number] = 0
    name[number] = 0
  }
}

/** Notes a part of the entries that have a word: `touched` gets those that had no match yet. Returns how much more of the entries is matched. */
function addMatch(
  { entries, weights, names }: Posting,
  factor: number,
  from: number,
  to: number,
  { best, share, name }: Scratch,
  touched: number[],
): number {
  let more = 0
  for (let at = from; at < to; at++) {
    const number = entries[at] ?? 0
    const value = factor * (weights[at] ?? 0)
    const ofName = factor * factor * (names[at] ?? 0)
    if (best[number] === 0) touched.push(number)
    if (value > (best[number] ?? 0)) best[number] = value
    const known = share[number] ?? 0
    if (factor > known) {
      share[number] = factor
      more += factor - known
    }
    if (ofName > (name[number] ?? 0)) name[number] = ofName
  }
  return more
}

/** How much a word that is in `matched` entries tells them apart. */
export function rarityOf(size: number, matched: number): number {
  return Math.log(1 + (size - matched + 0.5) / (matched + 0.5))
}
