import type { PricedProvider } from './price-table.ts'
import { NO_TIERS } from './tier-prices.ts'
import type { TierPrices } from './tier-prices.ts'

const MAX_BOOKS = 10_000
/** Tiers of one model that are remembered because a provider chose them. */
const MAX_CHOSEN = 16

/** The tiers of one model of a provider. */
interface Book {
  readonly prices: TierPrices
  /** Dearer than the default: what a provider may choose by itself. */
  readonly dearer: readonly string[]
}

/** What the tiers of models cost: as the operator's file says, or as providers publish it. */
export class TierBook {
  readonly #own: ReadonlyMap<string, TierPrices>
  readonly #knownOf: (provider: PricedProvider) => TierPrices
  readonly #books = new Map<string, Book>()

  /** `own`: those of the operator, by `provider/model` and `provider/*`. */
  constructor(
    own: ReadonlyMap<string, TierPrices>,
    knownOf: (provider: PricedProvider) => TierPrices,
  ) {
    this.#own = own
    this.#knownOf = knownOf
  }

  /** The prices of the tiers of a model. */
  of(provider: PricedProvider, model: string): TierPrices {
    return this.#bookOf(provider, model).prices
  }

  /** The tiers in which a provider may serve a request that leaves them to it, beside the default and what is cheaper. */
  dearerOf(provider: PricedProvider, model: string): readonly string[] {
    return this.#bookOf(provider, model).dearer
  }

  /**
   * A provider has chosen a tier without a known price. From now on the process expects it of requests that leave the choice to it, so that a budget of money refuses them: the
   * cost of what it chose was counted by none.
   */
  wasChosen(provider: PricedProvider, model: string, name: string): void {
    const { prices, dearer } = this.#bookOf(provider, model)
    if (dearer.includes(name) || dearer.length >= MAX_CHOSEN) return
    this.#books.set(keyOf(provider, model), { prices, dearer: [...dearer, name] })
  }

  #bookOf(provider: PricedProvider, model: string): Book {
    const key = keyOf(provider, model)
    let book = this.#books.get(key)
    if (book === undefined) {
      const prices = new Map([
        ...this.#knownOf(provider),
        ...(this.#own.get(`${provider.name}/*`) ?? NO_TIERS),
        ...(this.#own.get(`${provider.name}/${model}`) ?? NO_TIERS),
      ])
      const dearer = [...prices]
        .filter(([name, price]) => name !== 'batch' && !(typeof price === 'number' && price <= 1))
        .map(([name]) => name)
      book = { prices, dearer }
      if (this.#books.size >= MAX_BOOKS) this.#books.clear()
      this.#books.set(key, book)
    }
    return book
  }
}

function keyOf({ name, baseUrl }: PricedProvider, model: string): string {
  return `${baseUrl} ${name}/${model}`
}
