import { bestOfGroups } from './best-of-groups.ts'
import type { Examined } from './examined.ts'
import type { IndexedEntry } from './search-entry.ts'
import { takeBestSteps } from './take-best.ts'

/** Hits with less than this share of the best score are omitted: they matched a part of a word by accident. */
const MIN_SHARE_OF_BEST = 0.15
export const MAX_PER_GROUP = 2
/** Up to this number are compared with each other, whatever their groups. */
const FEW = 512

/** The entries that a search chooses from, by their numbers. */
export interface Choice {
  readonly entries: readonly (IndexedEntry | undefined)[]
  readonly scores: Float64Array
  readonly accept: (id: string) => boolean
  readonly examined: Examined
}

/** The best entries by score. Most candidates are far behind the best one: they are examined only if the caller may not see the others. */
export function* bestEntries(
  candidates: readonly number[],
  limit: number,
  choice: Choice,
): Generator<void, number[]> {
  const { scores, examined } = choice
  const score = (number: number | undefined): number => scores[number ?? -1] ?? 0
  let top = 0
  yield* examined.each(candidates.length, (from, to) => {
    for (let at = from; at < to; at++) top = Math.max(top, score(candidates[at]))
  })
  const front: number[] = []
  yield* examined.each(candidates.length, (from, to) => {
    for (let at = from; at < to; at++) {
      const number = candidates[at] ?? -1
      if (score(number) >= top * MIN_SHARE_OF_BEST) front.push(number)
    }
  })
  let taken = yield* takeEntries(front, limit, choice)
  if (taken.length < limit) taken = yield* takeEntries(candidates, limit, choice)
  return taken.filter((number) => score(number) >= score(taken[0]) * MIN_SHARE_OF_BEST)
}

/** The first entries by score that may be seen, at most two of a group. */
export function* takeEntries(
  candidates: readonly number[],
  limit: number,
  { entries, scores, accept, examined }: Choice,
): Generator<void, number[]> {
  const groups = new Map<string, number>()
  const before = (a: number, b: number): boolean => {
    const difference = (scores[a] ?? 0) - (scores[b] ?? 0)
    if (difference !== 0) return difference > 0
    return (entries[a]?.id ?? '') < (entries[b]?.id ?? '')
  }
  // An entry that was deleted while the search ran is not there.
  const visible = (number: number): boolean => {
    const entry = entries[number]
    return entry !== undefined && accept(entry.id)
  }
  const groupOf = (number: number): string | undefined => entries[number]?.group
  const kept =
    candidates.length <= FEW
      ? [...candidates]
      : yield* bestOfGroups(candidates, groupOf, MAX_PER_GROUP, before, visible, examined)
  const admit = (number: number): boolean => {
    const entry = entries[number]
    if (entry === undefined) return false
    const same = groups.get(entry.group) ?? 0
    if (same >= MAX_PER_GROUP || !accept(entry.id)) return false
    groups.set(entry.group, same + 1)
    return true
  }
  return yield* takeBestSteps(kept, limit, before, admit, examined)
}
