/**
 * What the order of the best results is made of, and what each part counts: a conditional logit over the best results of the queries to tune on and of those to
 * learn from, with vectors of words that knew none of the queries. `training/rank-main.ts` learns the numbers.
 */
const WEIGHTS = {
  /** The logarithm of the score by words, compared with the best one. */
  words: 0.76,
  /** 1 for the first place by words, 1/2 for the second. */
  place: 1.52,
  /** How near the meaning of the entry is to that of the query. */
  meaning: 8.48,
  /** 1 for the entry with the nearest meaning, 1/2 for the second. */
  meaningPlace: 0.52,
  /** The logarithm of what an entry of another effect counts. */
  effect: 1.84,
  /** Shares of the name, and of the beginning of the description, that the query does not say. */
  nameSaysMore: -1.27,
  summarySaysMore: -1.4,
  /** How well the query says the final word of the name. */
  nameEndsInQuery: 0.36,
  /** How well the first noun of the query matches the name or the namespace. */
  nameHasObject: 0.65,
  /** Whether the query says a word of the namespace. */
  namespaceSaid: 1.49,
}

export type Features = Readonly<Record<keyof typeof WEIGHTS, number>>

export const FEATURES = Object.keys(WEIGHTS) as readonly (keyof typeof WEIGHTS)[]
/** The least score by words, compared with the best one: entries that are found by their meaning may have none. */
const LEAST_SCORE = 1e-3
/** The logit has this many times the range of the logarithm of a score by words, which priors were chosen for. */
const RANGE = 5

export function wordsFeature(score: number, best: number): number {
  return best > 0 ? Math.log(Math.max(score / best, LEAST_SCORE)) : Math.log(LEAST_SCORE)
}

/** The place of a candidate, from 0 on, as a feature. */
export function placeFeature(place: number | undefined): number {
  return place === undefined ? 0 : 1 / (1 + place)
}

/** The score of a candidate, above 0. */
export function rankingScore(features: Features): number {
  const sum =
    WEIGHTS.words * features.words +
    WEIGHTS.place * features.place +
    WEIGHTS.meaning * features.meaning +
    WEIGHTS.meaningPlace * features.meaningPlace +
    WEIGHTS.effect * features.effect +
    WEIGHTS.nameSaysMore * features.nameSaysMore +
    WEIGHTS.summarySaysMore * features.summarySaysMore +
    WEIGHTS.nameEndsInQuery * features.nameEndsInQuery +
    WEIGHTS.nameHasObject * features.nameHasObject +
    WEIGHTS.namespaceSaid * features.namespaceSaid
  return Math.exp(sum / RANGE)
}
