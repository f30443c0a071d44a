/** A choice among candidates, of which some are right. */
export interface Choice {
  readonly features: readonly (readonly number[])[]
  readonly right: readonly boolean[]
}

const ROUNDS = 400
/** How strongly weights are kept small, of features that are scaled to a deviation of 1. */
const PENALTY = 3
const MORE = 1.3
const LESS = 0.4

/**
 * The weights of a conditional logit: the right ones together against all. Gradient descent whose rate grows while the loss falls, and shrinks when it does not: the
 * loss has few dimensions and is nearly convex.
 */
export function learnWeights(rows: readonly Choice[]): number[] {
  const useful = rows.filter(({ right }) => right.includes(true) && right.includes(false))
  const count = useful[0]?.features[0]?.length ?? 0
  const scales = deviations(useful, count)
  const scaled = useful.map(({ features, right }) => ({
    right,
    features: features.map((own) => own.map((value, at) => value / (scales[at] ?? 1))),
  }))
  let weights: number[] = Array.from({ length: count }, () => 0)
  let { loss, slope } = lossOf(scaled, weights)
  let rate = 1 / useful.length
  for (let round = 0; round < ROUNDS; round++) {
    const next = weights.map((weight, at) => weight - rate * (slope[at] ?? 0))
    const after = lossOf(scaled, next)
    if (after.loss < loss) {
      weights = next
      ;({ loss, slope } = after)
      rate *= MORE
    } else rate *= LESS
  }
  return weights.map((weight, at) => weight / (scales[at] ?? 1))
}

function lossOf(
  rows: readonly Choice[],
  weights: readonly number[],
): { readonly loss: number; readonly slope: readonly number[] } {
  let loss = weights.reduce((sum, weight) => sum + (PENALTY * weight * weight) / 2, 0)
  const slope = weights.map((weight) => PENALTY * weight)
  for (const { features, right } of rows) {
    const scores = features.map((own) =>
      own.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0),
    )
    const most = Math.max(...scores)
    const shares = scores.map((score) => Math.exp(score - most))
    const all = shares.reduce((sum, share) => sum + share, 0)
    const ofRight = shares.reduce((sum, share, at) => sum + (right[at] === true ? share : 0), 0)
    loss -= Math.log(ofRight / all + 1e-300)
    for (const [row, own] of features.entries()) {
      const share = (shares[row] ?? 0) / all
      const wanted = right[row] === true ? (shares[row] ?? 0) / (ofRight + 1e-300) : 0
      for (const [at, value] of own.entries())
        slope[at] = (slope[at] ?? 0) + (share - wanted) * value
    }
  }
  return { loss, slope }
}

function deviations(rows: readonly Choice[], count: number): number[] {
  const all = rows.flatMap(({ features }) => features)
  return Array.from({ length: count }, (_, at) => {
    const mean = all.reduce((sum, own) => sum + (own[at] ?? 0), 0) / all.length
    const squares = all.reduce((sum, own) => sum + ((own[at] ?? 0) - mean) ** 2, 0)
    return Math.sqrt(squares / all.length) + 1e-9
  })
}
