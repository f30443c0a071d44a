import type { CodedError } from '@alkdev/errors'
import type { SettledAttempt } from '@alkdev/storage/inference'
import { storableText } from '@alkdev/std'
import type { Target } from '../providers/target.ts'
import { targetName } from '../providers/target.ts'
import { chargeOf } from '../prices/charge.ts'
import type { PriceTable } from '../prices/price-table.ts'
import { mergeTiers, usedTiers } from '../prices/tier-names.ts'
import type { TierNames } from '../prices/tier-names.ts'
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

/** What the cost of a request depends on beside its tokens. */
export interface AttemptPrices {
  readonly table: PriceTable
  /** The tiers that it asks for. */
  readonly asked: TierNames | undefined
}

/** One request to a provider, as the ledger sees it. */
export class LedgerAttempt {
  readonly target: Target
  readonly #number: number
  readonly #prices: AttemptPrices
  #tiers: TierNames | undefined
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
    prices: AttemptPrices,
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

  /** An answer, or an event of it, may say in which tier it was served. */
  onData(data: unknown): void {
    const used = usedTiers(data)
    if (used !== undefined) this.#tiers = mergeTiers(this.#tiers, used)
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
      input: used.input,
      cacheRead: used.cacheRead,
      cacheWrite5m: used.cacheWrite5m,
      cacheWrite1h: used.cacheWrite1h,
      output: used.output,
      reasoning: used.reasoning,
      audioInput: used.audioInput,
      audioOutput: used.audioOutput,
      costMicros: used.costMicros,
      unpriced: used.unpriced,
      priceVersion: used.priceVersion,
      usageSource: used.usageSource,
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
    const { table, asked } = this.#prices
    const priced = {
      provider: { name: provider.name, baseUrl: provider.config.baseUrl },
      model,
      at: this.#startedAt,
    }
    const isWhole = usage !== undefined && usage.isStart !== true
    const counts = isWhole ? usage : estimateUsage(this.#inputEstimate, this.textBytes, usage)
    const cost = chargeOf(table, priced, { asked, used: this.#tiers }, counts.tokens)
    return priceUsage(counts, isWhole ? 'provider' : 'estimate', cost, table.version)
  }
}
