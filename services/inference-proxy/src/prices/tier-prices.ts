import type { CatalogPrice, CatalogPrices } from './catalog.ts'
import { DEFAULT_TIER } from './tier-names.ts'
import type { TierNames } from './tier-names.ts'

/** What a tier costs: prices of its own, or a factor of the others. */
export type TierPrice = number | CatalogPrices

/** By the names of tiers (`tier-names.ts`). */
export type TierPrices = ReadonlyMap<string, TierPrice>

export const NO_TIERS: TierPrices = new Map()

/**
 * Tiers whose price providers publish as one factor for all models and classes, by the id of the provider in the catalog. Sources: the pages on flex processing and batches of
 * OpenAI, on batches and `inference_geo` of Anthropic, and the comments of `@pydantic/genai-prices` on Gemini. What priority and fast modes cost differs by model, or by contract:
 * an operator can name it.
 */
export const KNOWN_TIERS: Readonly<Record<string, TierPrices>> = {
  openai: new Map([
    ['flex', 0.5],
    ['batch', 0.5],
  ]),
  anthropic: new Map([
    ['batch', 0.5],
    ['inference_geo:us', 1.1],
  ]),
  google: new Map([
    ['flex', 0.5],
    ['batch', 0.5],
  ]),
}

const LEFT = { service: '', speed: 'speed:', geo: 'inference_geo:' } as const
const PLACES = ['service', 'speed', 'geo'] as const
const ONLY_DEFAULT: readonly (readonly string[])[] = [[]]

export interface TierQuestion {
  /** What the request asks for. */
  readonly asked: TierNames | undefined
  /** What the answer says; undefined while there is none. */
  readonly used?: TierNames | undefined
  /** Tiers that a provider may choose by itself, beside the default. */
  readonly chosen?: Iterable<string> | undefined
}

/**
 * The sets of tiers, without the default, that a request may be charged by. One that the answer names is certain. One that was asked for may be refused, and the default be used instead. Where nothing
 * is asked the provider may choose (`chosen`); an answer without a name is then of the default.
 */
export function possibleTiers({
  asked,
  used,
  chosen = [],
}: TierQuestion): readonly (readonly string[])[] {
  const choices = [...chosen]
  if (asked === undefined && used === undefined && choices.length === 0) return ONLY_DEFAULT
  let sets = ONLY_DEFAULT
  for (const place of PLACES) {
    const names = optionsOf(place, asked?.[place], used?.[place], choices)
    sets = sets.flatMap((set) =>
      names.map((name) => (name === DEFAULT_TIER ? set : [...set, name])),
    )
  }
  return sets
}

function optionsOf(
  place: (typeof PLACES)[number],
  asked: string | undefined,
  used: string | undefined,
  choices: readonly string[],
): readonly string[] {
  if (used !== undefined) return [used]
  if (asked === DEFAULT_TIER) return [DEFAULT_TIER]
  if (asked !== undefined) return [DEFAULT_TIER, asked]
  const prefix = LEFT[place]
  const own = choices.filter((name) =>
    prefix === '' ? !name.includes(':') : name.startsWith(prefix),
  )
  return [DEFAULT_TIER, ...own]
}

/** The prices in these tiers; undefined when one has no known price. */
export function pricesIn(
  prices: CatalogPrices | undefined,
  tiers: TierPrices,
  names: readonly string[],
): CatalogPrices | undefined {
  let found = prices
  for (const name of names) {
    const price = tiers.get(name)
    if (price === undefined) return undefined
    found = typeof price === 'number' ? found && timesPrices(found, price) : price
  }
  return found
}

function timesPrices(prices: CatalogPrices, factor: number): CatalogPrices {
  return Object.fromEntries(
    Object.entries(prices as Readonly<Record<string, CatalogPrice>>).map(([name, price]) => [
      name,
      timesPrice(price, factor),
    ]),
  )
}

function timesPrice(price: CatalogPrice, factor: number): CatalogPrice {
  const times = (one: number): number => Math.round(one * factor)
  if (typeof price === 'number') return times(price)
  const [base, ...tiers] = price
  return [times(base), ...tiers.map(([start, above]): [number, number] => [start, times(above)])]
}

/** A cost, and the tiers that it counts with. */
export interface TierCost {
  /** Null when it may be served in a tier without a known price. */
  readonly micros: number | null
  readonly names: readonly string[]
}

/** The highest cost in one of the sets of tiers. */
export function dearest(
  sets: readonly (readonly string[])[],
  costIn: (names: readonly string[]) => number | null,
): TierCost {
  let most: TierCost | undefined
  for (const names of sets) {
    const micros = costIn(names)
    if (micros === null) return { micros, names }
    if (most === undefined || micros > (most.micros ?? 0)) most = { micros, names }
  }
  return most ?? { micros: null, names: [] }
}
