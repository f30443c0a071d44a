import { worstChargeOf } from '../prices/charge.ts'
import type { PriceTable } from '../prices/price-table.ts'
import type { TierNames } from '../prices/tier-names.ts'
import { isBroken } from '../providers/provider.ts'
import type { Target } from '../providers/target.ts'
import { worstInput } from '../usage/estimate.ts'
import type { BodySize } from '../usage/estimate.ts'
import type { AskedOutput } from '../usage/output-limit.ts'

/** A worst case beyond what any budget has counts as this much: it fits into the numbers of PostgreSQL and of Redis. */
const MAX_WORST = Number.MAX_SAFE_INTEGER

/** What decides how much a call can use. */
export interface AskedCall {
  readonly targets: readonly Target[]
  readonly body: BodySize
  /** How much output the request asks for. */
  readonly asked: AskedOutput
  /** The tiers that it asks for; undefined where it leaves all to the provider. */
  readonly tiers?: TierNames | undefined
}

/** The most that a call can use. */
export interface WorstUse {
  readonly tokens: number
  /** Millionths of a US dollar; null when a target has no known price. */
  readonly micros: number | null
  /** With null: the tiers without a known price, if the model has one. */
  readonly unpriced: readonly string[]
  /** The limit of output that the request must carry, because it has none itself. */
  readonly outputLimit: number | undefined
}

/** Computes the worst case of a call. `bound`: output tokens of a call that sets no limit, as far as its model takes as many. */
export function worstCaseOf(
  prices: PriceTable,
  { targets, body, asked, tiers }: AskedCall,
  bound: number,
): WorstUse {
  const now = new Date()
  const facts = targets.map(({ provider, model }) =>
    isBroken(provider)
      ? undefined
      : prices.of({ name: provider.name, baseUrl: provider.config.baseUrl }, model, now),
  )
  const input = Math.max(...facts.map((one) => worstInput(body, one?.contextWindow)))
  const limits = facts.map((one) =>
    Math.min(one?.maxOutputTokens ?? Infinity, one?.contextWindow ?? Infinity),
  )
  const most = Math.max(...limits)
  const limit = asked.tokens ?? Math.min(bound, most)
  const output = limit * asked.answers
  // A request that uses no tokens costs nothing at any price.
  const costs =
    input + output === 0
      ? []
      : targets.map(({ provider, model }, at) => {
          const baseUrl = isBroken(provider) ? '' : provider.config.baseUrl
          const priced = { provider: { name: provider.name, baseUrl }, model, at: now }
          return worstChargeOf(prices, priced, facts[at]?.prices, tiers, input, output)
        })
  const unpriced = costs.find((one) => one.micros === null)
  return {
    tokens: Math.min(MAX_WORST, input + output),
    micros:
      unpriced === undefined
        ? Math.min(MAX_WORST, Math.max(0, ...costs.map(({ micros }) => micros ?? 0)))
        : null,
    unpriced: unpriced?.names ?? [],
    outputLimit: asked.tokens === undefined && limit < most ? limit : undefined,
  }
}
