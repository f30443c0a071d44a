import { compact } from '@alkdev/std'
import type { CatalogModel, CatalogPrice, CatalogPrices, CatalogProvider } from './catalog.ts'
import { wholePico } from './whole-pico.ts'

/** What `@pydantic/genai-prices` holds of a provider, as far as it is used. */
export interface SourceProvider {
  readonly id: string
  readonly api_pattern: string
  readonly models: readonly SourceModel[]
}

interface SourceModel {
  readonly id: string
  readonly match: CatalogModel['match']
  readonly context_window?: number
  readonly prices: SourcePrices | readonly SourceConditional[]
}

type SourcePrice =
  | number
  | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] }
type SourcePrices = Readonly<Record<string, SourcePrice | undefined>>

interface SourceConditional {
  readonly constraint?: {
    readonly start_date?: string
    readonly start_time?: string
    readonly end_time?: string
  }
  readonly prices: SourcePrices
}

/** A price of the source in US dollars per million tokens, per thousand requests -> the class here, and millionths of a millionth of a dollar for one. */
const CLASSES: Readonly<Record<string, readonly [name: keyof CatalogPrices, factor: number]>> = {
  input_mtok: ['input', 1e6],
  cache_read_mtok: ['cacheRead', 1e6],
  cache_write_mtok: ['cacheWrite5m', 1e6],
  cache_write_1h_mtok: ['cacheWrite1h', 1e6],
  output_mtok: ['output', 1e6],
  output_reasoning_mtok: ['reasoning', 1e6],
  input_audio_mtok: ['audioInput', 1e6],
  output_audio_mtok: ['audioOutput', 1e6],
  requests_kcount: ['request', 1e9],
}

function compilePrice(price: SourcePrice, factor: number): CatalogPrice {
  if (typeof price === 'number') return wholePico(price, factor)
  return [
    wholePico(price.base, factor),
    ...price.tiers.map(({ start, price: above }): [number, number] => [
      start,
      wholePico(above, factor),
    ]),
  ]
}

function compilePrices(source: SourcePrices): CatalogPrices {
  const prices: Record<string, CatalogPrice> = {}
  for (const [key, [name, factor]] of Object.entries(CLASSES)) {
    const price = source[key]
    if (price !== undefined) prices[name] = compilePrice(price, factor)
  }
  return prices
}

function compileModel(model: SourceModel): CatalogModel | undefined {
  const conditional = Array.isArray(model.prices)
    ? (model.prices as readonly SourceConditional[])
    : [{ prices: model.prices as SourcePrices }]
  const prices = conditional
    .map(({ constraint, prices: own }) => ({
      ...compact({ from: constraint?.start_date }),
      ...(constraint?.start_time !== undefined && {
        daily: [constraint.start_time, constraint.end_time ?? constraint.start_time] as const,
      }),
      prices: compilePrices(own),
    }))
    .filter((one) => Object.keys(one.prices).length > 0)
  if (prices.length === 0) return undefined
  return {
    id: model.id,
    match: model.match,
    ...compact({ contextWindow: model.context_window }),
    prices,
  }
}

/** The providers of the source that have prices of tokens or requests, in the form that the proxy reads. */
export function compileProviders(source: readonly SourceProvider[]): CatalogProvider[] {
  return source
    .map(({ id, api_pattern: api, models }) => ({
      id,
      api,
      models: models.map(compileModel).filter((model) => model !== undefined),
    }))
    .filter(({ models }) => models.length > 0)
}
