import type { SearchHit } from '@alkdev/operations/search'

/** Results of each stage that are merged. More than the largest page. */
export const MAX_FUSED = 200
/** How slowly a result counts less with its rank: the number of the article. */
const OFFSET = 60
/** The first place of both stages. */
const BEST = 2 / (OFFSET + 1)

/**
 * Merges two orders by reciprocal rank (Cormack, Clarke & Büttcher, 2009), because the scores of words and of vectors cannot be compared. `weightOf`
 * multiplies what the second order counts. A query that is an id finds it first. Scores are above 0 and at most 1.
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
    scores.set(id, (scores.get(id) ?? 0) + weightOf(id) / (OFFSET + rank + 1))
  const exact = query.trim()
  if (scores.has(exact)) scores.set(exact, BEST)
  return [...scores]
    .map(([id, score]) => ({ id, score: Math.round(Math.min(1, score / BEST) * 1e4) / 1e4 }))
    .toSorted((a, b) => Number(b.id === exact) - Number(a.id === exact) || b.score - a.score)
}
