import { readFileSync } from 'node:fs'
import { OperatorError } from '@alkdev/errors'
import { collectErrors } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { isMatch, pricesAt, readCatalog } from './catalog.ts'
import type { Catalog, CatalogModel, CatalogPrices, CatalogProvider } from './catalog.ts'
import { TIER_KEY } from './tier-names.ts'
import { TierBook } from './tier-book.ts'
import { KNOWN_TIERS, NO_TIERS } from './tier-prices.ts'
import type { TierPrice, TierPrices } from './tier-prices.ts'
import { wholePico } from './whole-pico.ts'

const Usd = Type.Number({ minimum: 0, maximum: 1_000_000, description: 'US dollars per million.' })

const Prices = {
  input: Usd,
  output: Type.Optional(Usd),
  cacheRead: Type.Optional(Usd),
  cacheWrite5m: Type.Optional(Usd),
  cacheWrite1h: Type.Optional(Usd),
  reasoning: Type.Optional(Usd),
  audioInput: Type.Optional(Usd),
  audioOutput: Type.Optional(Usd),
}
const ModelName = Type.String({
  minLength: 1,
  maxLength: 512,
  description: '`provider/model`, or `provider/*`.',
})

/** The operator's file: prices of models by the names that the hub uses. */
const PriceFile = Type.Object(
  {
    version: Type.String({ minLength: 1, maxLength: 64 }),
    models: Type.Record(
      ModelName,
      Type.Object(
        {
          ...Prices,
          contextWindow: Type.Optional(Type.Integer({ minimum: 1 })),
          maxOutputTokens: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        { additionalProperties: false },
      ),
    ),
    tiers: Type.Optional(
      Type.Record(
        ModelName,
        Type.Record(
          Type.String({ pattern: TIER_KEY }),
          Type.Union([
            Type.Number({ minimum: 0, maximum: 1000, description: 'A factor of the price.' }),
            Type.Object(Prices, { additionalProperties: false }),
          ]),
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
)
type PriceFile = Static<typeof PriceFile>

/** What is known of a model of a provider. */
export interface ModelFacts {
  /** Undefined: the price is unknown. */
  readonly prices: CatalogPrices | undefined
  readonly contextWindow: number | undefined
  readonly maxOutputTokens: number | undefined
}

/** A provider as the hub stores it. */
export interface PricedProvider {
  readonly name: string
  readonly baseUrl: string
}

/** A model in the operator's file. */
type OwnModel = Omit<ModelFacts, 'prices'> & { readonly prices: CatalogPrices }

const MAX_KNOWN = 10_000

/** The prices of models: those of the operator first, then those of the catalog for providers that it knows by their address. */
export class PriceTable {
  /** Of the catalog and of the operator's file; every row of the ledger carries it. */
  readonly version: string
  readonly #catalog: Catalog
  readonly #own: ReadonlyMap<string, OwnModel>
  readonly #known = new Map<string, CatalogModel | null>()
  /** What tiers cost, and which of them were seen. */
  readonly tiers: TierBook

  constructor(catalog: Catalog, own?: PriceFile) {
    this.#catalog = catalog
    this.#own = ownModels(own)
    this.tiers = new TierBook(ownTiers(own), ({ baseUrl }) => {
      const known = this.#providerOf(baseUrl)
      return known === undefined ? NO_TIERS : (KNOWN_TIERS[known.id] ?? NO_TIERS)
    })
    this.version = own === undefined ? catalog.version : `${catalog.version}+${own.version}`
  }

  /** Reads the catalog and the operator's file. Throws OperatorError for a file that cannot be read or does not fit. */
  static open(path: string | undefined): PriceTable {
    if (path === undefined) return new PriceTable(readCatalog())
    const fix = `Correct the file, or remove inference.pricesFile from the config.`
    let file: unknown
    try {
      file = JSON.parse(readFileSync(path, 'utf8'))
    } catch (cause) {
      throw new OperatorError(`The price file ${path} cannot be read as JSON.`, fix, { cause })
    }
    const [first] = collectErrors(PriceFile, file)
    if (first !== undefined)
      throw new OperatorError(`The price file ${path}: ${first.path} ${first.message}`, fix)
    return new PriceTable(readCatalog(), file as PriceFile)
  }

  /** What is known of the model at an instant. */
  of(provider: PricedProvider, model: string, at: Date): ModelFacts {
    const own = this.#ownOf(provider.name, model)
    const known = this.#modelOf(provider, model)
    const prices = own === undefined ? known && pricesAt(known, at) : own.prices
    return {
      prices: prices ?? undefined,
      contextWindow: own?.contextWindow ?? known?.contextWindow,
      maxOutputTokens: own?.maxOutputTokens,
    }
  }

  #ownOf(provider: string, model: string): OwnModel | undefined {
    if (this.#own.size === 0) return undefined
    return this.#own.get(`${provider}/${model}`) ?? this.#own.get(`${provider}/*`)
  }

  #modelOf({ baseUrl }: PricedProvider, model: string): CatalogModel | undefined {
    const key = `${baseUrl} ${model}`
    let found = this.#known.get(key)
    if (found === undefined) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear()
      found = this.#providerOf(baseUrl)?.models.find(({ match }) => isMatch(match, model)) ?? null
      this.#known.set(key, found)
    }
    return found ?? undefined
  }

  #providerOf(baseUrl: string): CatalogProvider | undefined {
    return this.#catalog.providers.find(({ api }) => new RegExp(`^(?:${api})`).test(baseUrl))
  }
}

function ownModels(file: PriceFile | undefined): ReadonlyMap<string, OwnModel> {
  return new Map(
    Object.entries(file?.models ?? {}).map(([name, model]) => {
      const { contextWindow, maxOutputTokens, ...usd } = model
      return [name, { prices: pricesOf(usd), contextWindow, maxOutputTokens }]
    }),
  )
}

function ownTiers(file: PriceFile | undefined): ReadonlyMap<string, TierPrices> {
  return new Map(
    Object.entries(file?.tiers ?? {}).map(([name, tiers]) => [
      name,
      new Map(
        Object.entries(tiers).map(([tier, price]): [string, TierPrice] => [
          tier,
          typeof price === 'number' ? price : pricesOf(price),
        ]),
      ),
    ]),
  )
}

function pricesOf(usd: Readonly<Record<string, number | undefined>>): CatalogPrices {
  return Object.fromEntries(
    Object.entries(usd).flatMap(([name, price]) =>
      price === undefined ? [] : [[name, wholePico(price, 1e6)]],
    ),
  )
}
