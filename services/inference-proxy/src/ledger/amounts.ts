import type { LedgerAmounts } from '@alkdev/storage/inference'
import { tokensOf } from '../prices/cost.ts'
import type { TierCost } from '../prices/tier-prices.ts'
import { addTokens, NO_TOKENS } from '../usage/usage.ts'
import type { Usage } from '../usage/usage.ts'

/** Tokens and their cost; the rest of what a row of the ledger says of an attempt comes beside it. */
export type PricedUsage = Pick<
  LedgerAmounts,
  keyof typeof NO_TOKENS | 'costMicros' | 'unpriced' | 'priceVersion' | 'usageSource'
>

/** Nothing was used. */
export const NOTHING_USED: PricedUsage = {
  ...NO_TOKENS,
  costMicros: 0,
  unpriced: false,
  priceVersion: null,
  usageSource: 'none',
}

/** What was used, with its cost. The version of the prices names the tiers that it counts with, other than the default: `genai-prices-0.1.8/flex`. */
export function priceUsage(
  { tokens }: Usage,
  source: 'provider' | 'estimate',
  { micros, names }: TierCost,
  version: string,
): PricedUsage {
  const priceVersion = names.length === 0 ? version : `${version}/${names.join('+')}`
  const unpriced = micros === null
  return {
    input: tokens.input,
    cacheRead: tokens.cacheRead,
    cacheWrite5m: tokens.cacheWrite5m,
    cacheWrite1h: tokens.cacheWrite1h,
    output: tokens.output,
    reasoning: tokens.reasoning,
    audioInput: tokens.audioInput,
    audioOutput: tokens.audioOutput,
    costMicros: micros,
    unpriced,
    priceVersion,
    usageSource: source,
  }
}

/** The sums of several attempts. The cost is null when one that used something has no price. */
export function sumUsage(parts: readonly PricedUsage[]): PricedUsage {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  return parts.reduce((sum, part) => {
    const used = part.usageSource !== 'none'
    const isUnpriced = sum.unpriced || part.unpriced
    return {
      ...addTokens(sum, part),
      costMicros: isUnpriced ? null : (sum.costMicros ?? 0) + (part.costMicros ?? 0),
      unpriced: isUnpriced,
      priceVersion: part.priceVersion ?? sum.priceVersion,
      usageSource: !used || sum.usageSource === 'estimate' ? sum.usageSource : part.usageSource,
    }
  }, NOTHING_USED)
}

/** All tokens of it. */
export function allTokens(used: PricedUsage): number {
  return tokensOf(used)
}
