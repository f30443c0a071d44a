import type { CodedError } from '@alkdev/errors'
import type { SettledAttempt } from '@alkdev/storage/inference'
import { storableText } from '@alkdev/std'
import type { Target } from '../providers/target.ts'
import { targetName } from '../providers/target.ts'
import type { PriceTable } from '../prices/price-table.ts'
import { isBroken } from '../providers/provider.ts'
import { estimateUsage } from '../usage/estimate.ts'
import type { Usage } from '../usage/usage.ts'
import { allTokens, NOTHING_USED, priceUsage } from './amounts.ts'
import type { PricedUsage } from './amounts.ts'

const MAX_ID_CHARACTERS = 256

/** How a request to a provider ended. */
export interface AttemptEnd {
  /** HTTP status of the provider; null when none came. */
  readonly status: number | null
  readonly code: string | null
  /** What the provider reported; undefined when it reported nothing. */
  readonly usage: Usage | undefined
  /** Without a report: whether the provider may have used tokens, which are estimated then. */
  readonly mayHaveUsed: boolean
  readonly upstreamRequestId?: string | undefined
}

/** One request to a provider, as the ledger sees it. */
export class LedgerAttempt {
  readonly target: Target
  readonly #number: number
  readonly #prices: PriceTable
  readonly #inputEstimate: number
  readonly #startedAt = new Date()
  readonly #from = performance.now()
  #firstContentMs: number | null = null
  #settled: SettledAttempt | undefined
  readonly #refusal: () => CodedError | undefined
  /** Bytes of text that the model wrote so far. */
  textBytes = 0
  inconsistent = false

  /** `refusal`: why the call was refused after its request was sent; undefined as long as it was not. */
  constructor(
    target: Target,
    number: number,
    prices: PriceTable,
    inputEstimate: number,
    refusal: () => CodedError | undefined,
  ) {
    this.#refusal = refusal
    this.target = target
    this.#number = number
    this.#prices = prices
    this.#inputEstimate = inputEstimate
  }

  /** Throws when the call was refused meanwhile: nothing more of its answer goes to the client. */
  check(): void {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw refusal
  }

  /** Whether the error is the one of `check`. */
  wasRefusedBy(error: unknown): boolean {
    return error !== undefined && error === this.#refusal()
  }

  /** The first byte with content came. */
  onContent(): void {
    this.#firstContentMs ??= performance.now() - this.#from
  }

  get firstContentMs(): number | null {
    return this.#firstContentMs
  }

  get startedAt(): Date {
    return this.#startedAt
  }

  /** Undefined while it runs. */
  get settled(): SettledAttempt | undefined {
    return this.#settled
  }

  /** Ends the attempt. The first end counts, so that the client sees the cost that the ledger has. */
  end(end: AttemptEnd): SettledAttempt {
    const { provider, model } = this.target
    const used = this.#used(end)
    this.inconsistent = end.usage?.inconsistent ?? false
    this.#settled ??= {
      ...used,
      attempt: this.#number,
      provider: provider.name,
      model: storableText(model),
      target: targetName(this.target),
      tokens: allTokens(used),
      status: end.status,
      code: end.code,
      upstreamRequestId:
        end.upstreamRequestId === undefined
          ? null
          : storableText(end.upstreamRequestId.slice(0, MAX_ID_CHARACTERS)),
      startedAt: this.#startedAt,
      firstTokenMs: this.#firstContentMs,
      totalMs: performance.now() - this.#from,
    }
    return this.#settled
  }

  #used({ usage, mayHaveUsed }: AttemptEnd): PricedUsage {
    const { provider, model } = this.target
    if (isBroken(provider) || (usage === undefined && !mayHaveUsed)) return NOTHING_USED
    const priced = { name: provider.name, baseUrl: provider.config.baseUrl }
    const { prices } = this.#prices.of(priced, model, this.#startedAt)
    const isWhole = usage !== undefined && usage.isStart !== true
    const counts = isWhole ? usage : estimateUsage(this.#inputEstimate, this.textBytes, usage)
    return priceUsage(counts, isWhole ? 'provider' : 'estimate', prices, this.#prices.version)
  }
}
