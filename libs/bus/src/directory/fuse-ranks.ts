import type { SearchHit } from '@alkdev/operations/search'

/** Results of each stage that are merged. More than the largest page. */
export const MAX_FUSED = 200
/** How slowly a result counts less with its rank. The article has 60, for orders that are about equally good. */
const OFFSET = 1
/** What the second order counts. Its best result alone is about the fourth one of a search. */
const SECOND = 0.4
/** The first place of both stages. */
const BEST = (1 + SECOND) / (OFFSET + 1)

/**
 * Merges two orders by reciprocal rank (Cormack, Clarke & Büttcher, 2009), because the scores of words and of vectors cannot be compared. `weightOf`
 * multiplies what the second order counts, which is less than the first one: it confirms the next ones, and adds what words do not find. A query that is an id finds it first. Scores are above 0 and at most 1.
 */
export function fuseRanks(
  query: string,
  first: readonly SearchHit[],
  second: readonly string[],
  weightOf: (id: string) => number,
): SearchHit[] {
  const scores = new Map<string, number>()
  for (const [rank, { id }] of first.entries()) scores.set(id, 1 / (OFFSET + rank + 1))
  for (const [rank, id] of second.entries())
    scores.set(id, (scores.get(id) ?? 0) + (SECOND * weightOf(id)) / (OFFSET + rank + 1))
  const exact = query.trim()
  if (scores.has(exact)) scores.set(exact, BEST)
  return [...scores]
    .map(([id, score]) => ({ id, score: Math.round(Math.min(1, score / BEST) * 1e4) / 1e4 }))
    .toSorted((a, b) => Number(b.id === exact) - Number(a.id === exact) || b.score - a.score)
}
