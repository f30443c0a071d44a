import { readFileSync } from 'node:fs'

/** How the name of a model is recognized. */
export type ModelMatch =
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string }
  | { readonly or: readonly ModelMatch[] }
  | { readonly and: readonly ModelMatch[] }

/** Millionths of a millionth of a US dollar for one token or request; as a list: first the base, then the numbers of input tokens above which another price counts. */
export type CatalogPrice = number | readonly [base: number, ...tiers: readonly [number, number][]]

/** The prices of a model by class. A class without a price costs what the class that contains it costs. */
export interface CatalogPrices {
  readonly input?: CatalogPrice
  readonly cacheRead?: CatalogPrice
  readonly cacheWrite5m?: CatalogPrice
  readonly cacheWrite1h?: CatalogPrice
  readonly output?: CatalogPrice
  readonly reasoning?: CatalogPrice
  readonly audioInput?: CatalogPrice
  readonly audioOutput?: CatalogPrice
  readonly request?: CatalogPrice
}

export interface CatalogModel {
  readonly id: string
  readonly match: ModelMatch
  /** Tokens of input and output together. */
  readonly contextWindow?: number
  /** The last one whose condition holds counts. */
  readonly prices: readonly {
    /** First day (UTC) that it counts on. */
    readonly from?: string
    /** Times of the day (UTC) between which it counts. */
    readonly daily?: readonly [string, string]
    readonly prices: CatalogPrices
  }[]
}

export interface CatalogProvider {
  readonly id: string
  /** A regular expression for the beginning of its base URL. */
  readonly api: string
  readonly models: readonly CatalogModel[]
}

export interface Catalog {
  /** Names the prices: every row of the ledger carries it. */
  readonly version: string
  readonly providers: readonly CatalogProvider[]
}

/** The provider of scripts of the local stack, with invented prices, so that its calls count like those of a real model. */
const SCRIPTED: CatalogProvider = {
  id: 'scripted',
  api: String.raw`http://127\.0\.0\.1:\d+/scripted-model/v1`,
  models: [
    {
      id: 'scripted',
      match: { starts_with: '' },
      contextWindow: 200_000,
      prices: [{ prices: { input: 1_000_000, output: 5_000_000 } }],
    },
  ],
}

/** Reads the catalog that was compiled from `@pydantic/genai-prices`, and adds the provider of scripts. */
export function readCatalog(): Catalog {
  const path = new URL('catalog.json', import.meta.url)
  const catalog = JSON.parse(readFileSync(path, 'utf8')) as Catalog
  return { ...catalog, providers: [...catalog.providers, SCRIPTED] }
}

/** Whether the name is one that the model goes by. */
export function isMatch(match: ModelMatch, name: string): boolean {
  if ('equals' in match) return name === match.equals
  if ('starts_with' in match) return name.startsWith(match.starts_with)
  if ('ends_with' in match) return name.endsWith(match.ends_with)
  if ('contains' in match) return name.includes(match.contains)
  if ('regex' in match) return new RegExp(match.regex).test(name)
  if ('or' in match) return match.or.some((one) => isMatch(one, name))
  return match.and.every((one) => isMatch(one, name))
}

/** The prices that count at an instant. */
export function pricesAt({ prices }: CatalogModel, at: Date): CatalogPrices | undefined {
  const last = prices.at(-1)
  if (last === undefined || (last.from === undefined && last.daily === undefined))
    return last?.prices
  const [day = '', time = ''] = at.toISOString().split(/[TZ]/)
  return prices.findLast(({ from, daily }) => {
    if (from !== undefined && day < from) return false
    if (daily === undefined) return true
    const [start, end] = daily.map((text) => text.replace(/Z$/, ''))
    if (start === undefined || end === undefined) return true
    return start <= end ? start <= time && time < end : start <= time || time < end
  })?.prices
}
