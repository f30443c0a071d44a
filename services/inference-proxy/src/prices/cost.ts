import type { TokenCounts } from '@alkdev/storage/inference'
import type { CatalogPrice, CatalogPrices } from './catalog.ts'

const PICO_PER_MICRO = 1_000_000n

/** The class that contains a class: its price counts where the class has none. */
const CONTAINED = {
  cacheRead: 'input',
  cacheWrite5m: 'input',
  cacheWrite1h: 'cacheWrite5m',
  audioInput: 'input',
  reasoning: 'output',
  audioOutput: 'output',
} as const

type PricedClass = keyof TokenCounts

const CLASSES = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioInput',
  'audioOutput',
] as const satisfies readonly PricedClass[]

function priceOf(prices: CatalogPrices, of: PricedClass): CatalogPrice | undefined {
  const own = prices[of]
  if (own !== undefined || of === 'input' || of === 'output') return own
  return priceOf(prices, CONTAINED[of])
}

/** The price in the tier of an input of `inputTokens`. */
function tierPrice(price: CatalogPrice, inputTokens: number): number {
  if (typeof price === 'number') return price
  const [base, ...tiers] = price
  return tiers.reduce((found, [start, above]) => (inputTokens > start ? above : found), base)
}

/** All input tokens, by which a tier is chosen for every class. */
export function inputOf(tokens: TokenCounts): number {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput } = tokens
  return input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput
}

/** All output tokens. */
export function outputOf({ output, reasoning, audioOutput }: TokenCounts): number {
  return output + reasoning + audioOutput
}

/** All tokens. */
export function tokensOf(tokens: TokenCounts): number {
  return inputOf(tokens) + outputOf(tokens)
}

/**
 * What one request with these tokens costs, in whole millionths of a US dollar, rounded half up; null when a class that was used has no
 * price. Computed in integers throughout.
 */
export function costMicros(prices: CatalogPrices, tokens: TokenCounts): number | null {
  const inputTokens = inputOf(tokens)
  let pico = BigInt(prices.request === undefined ? 0 : tierPrice(prices.request, inputTokens))
  for (const of of CLASSES) {
    const count = tokens[of]
    if (count === 0) continue
    const price = priceOf(prices, of)
    if (price === undefined) return null
    pico += BigInt(count) * BigInt(tierPrice(price, inputTokens))
  }
  return Number((pico + PICO_PER_MICRO / 2n) / PICO_PER_MICRO)
}

/**
 * The most that a request can cost with at most `inputTokens` and `outputTokens`, whatever their classes and its tier, rounded up; null when input or output
 * has no price.
 */
export function worstMicros(
  prices: CatalogPrices,
  inputTokens: number,
  outputTokens: number,
): number | null {
  if (prices.input === undefined || (prices.output === undefined && outputTokens > 0)) return null
  const worst = (classes: readonly PricedClass[]): number =>
    Math.max(...classes.map((of) => highest(priceOf(prices, of), inputTokens)))
  const pico =
    BigInt(highest(prices.request, inputTokens)) +
    BigInt(inputTokens) *
      BigInt(worst(['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'audioInput'])) +
    BigInt(outputTokens) * BigInt(worst(['output', 'reasoning', 'audioOutput']))
  return Number((pico + PICO_PER_MICRO - 1n) / PICO_PER_MICRO)
}

/** The highest price of the tiers that an input of at most `inputTokens` can reach. */
function highest(price: CatalogPrice | undefined, inputTokens: number): number {
  if (price === undefined || typeof price === 'number') return price ?? 0
  const [base, ...tiers] = price
  return Math.max(base, ...tiers.filter(([start]) => inputTokens > start).map(([, above]) => above))
}
