import type { TokenCounts } from '@alkdev/storage/inference'
import { costMicros, worstMicros } from './cost.ts'
import type { CatalogPrices } from './catalog.ts'
import type { PriceTable, PricedProvider } from './price-table.ts'
import { DEFAULT_TIER } from './tier-names.ts'
import type { TierNames } from './tier-names.ts'
import { dearest, NO_TIERS, possibleTiers, pricesIn } from './tier-prices.ts'
import type { TierCost } from './tier-prices.ts'

/** A model of a provider at an instant. */
export interface PricedModel {
  readonly provider: PricedProvider
  readonly model: string
  readonly at: Date
}

/** What a request asked for, and what its answer said. */
export interface ChargedTiers {
  readonly asked: TierNames | undefined
  readonly used: TierNames | undefined
}

/**
 * What tokens cost. The tier that the answer names counts. Without one, the dearest that the request may have been served in does. Null when that has no known price: a wrong number would
 * look like a right one.
 */
export function chargeOf(
  table: PriceTable,
  priced: PricedModel,
  tiers: ChargedTiers,
  tokens: TokenCounts,
): TierCost {
  const { prices } = table.of(priced.provider, priced.model, priced.at)
  const cost = inTiers(table, priced, prices, possibleTiers(tiers), (found) =>
    costMicros(found, tokens),
  )
  if (cost.micros === null && prices !== undefined) rememberChosen(table, priced, tiers)
  return cost
}

/** The most that a request can cost, in the dearest tier that it may be served in. */
export function worstChargeOf(
  table: PriceTable,
  priced: PricedModel,
  prices: CatalogPrices | undefined,
  asked: TierNames | undefined,
  inputTokens: number,
  outputTokens: number,
): TierCost {
  const chosen = table.tiers.dearerOf(priced.provider, priced.model)
  return inTiers(table, priced, prices, possibleTiers({ asked, chosen }), (found) =>
    worstMicros(found, inputTokens, outputTokens),
  )
}

function inTiers(
  table: PriceTable,
  { provider, model }: PricedModel,
  prices: CatalogPrices | undefined,
  sets: readonly (readonly string[])[],
  costIn: (prices: CatalogPrices) => number | null,
): TierCost {
  return dearest(sets, (names) => {
    const tiers = names.length === 0 ? NO_TIERS : table.tiers.of(provider, model)
    const found = pricesIn(prices, tiers, names)
    return found === undefined ? null : costIn(found)
  })
}

function rememberChosen(
  { tiers }: PriceTable,
  { provider, model }: PricedModel,
  { asked, used }: ChargedTiers,
): void {
  for (const place of ['service', 'speed', 'geo'] as const) {
    const name = used?.[place]
    if (name === undefined || name === DEFAULT_TIER || asked?.[place] !== undefined) continue
    if (!tiers.of(provider, model).has(name)) tiers.wasChosen(provider, model, name)
  }
}
