import { CodedError } from '@alkdev/errors'
import { statusOf } from '@alkdev/http'
import { storableText } from '@alkdev/std'
import type {
  LedgerCaller,
  OpeningCall,
  SettledAttempt,
  SettledCall,
} from '@alkdev/storage/inference'
import type { TakenLimits } from '../limits/call-limits.ts'
import type { PriceTable } from '../prices/price-table.ts'
import type { TierNames } from '../prices/tier-names.ts'
import type { Target } from '../providers/target.ts'
import { estimateTokens } from '../usage/estimate.ts'
import { allTokens, sumUsage } from './amounts.ts'
import { BudgetError } from './budget-error.ts'
import type { OpeningRow } from './begin-lanes.ts'
import { LedgerAttempt } from './ledger-attempt.ts'

/** How a call ended. */
export interface CallEnd {
  readonly endedBy: SettledCall['endedBy']
  /** Of the answer that the client got; null when it got none. */
  readonly status: number | null
  /** Of the error, of a call that did not end well. */
  readonly error?: CodedError | undefined
  /** The answer did not come to its end. */
  readonly truncated: boolean
}

export interface LedgerCallInput {
  readonly caller: LedgerCaller
  readonly prices: PriceTable
  readonly inputEstimate: number
  readonly worstTokens: number
  readonly worstMicros: number | null
  /** The tiers that the request asks for, and those without a known price. */
  readonly tiers: TierNames | undefined
  readonly unpricedTiers: readonly string[]
  /** The request is not sent before the row is there. */
  readonly waitsForRow: boolean
  readonly firstTarget: Target | undefined
  readonly leaseMs: number
  /** Writes the opening row. */
  readonly open: (call: OpeningCall) => OpeningRow
  /** Takes the call, settled, permanently. */
  readonly onSettled: (call: SettledCall, end: CallEnd) => void
}

/** One call of a model from its opening to its end: `open`, `attempt` once for each provider, `settle`. */
export class LedgerCall {
  readonly #input: LedgerCallInput
  readonly #from = performance.now()
  #attempts: LedgerAttempt[] = []
  #opened: Promise<unknown> = Promise.resolve()
  #refusal: CodedError | undefined
  #limits: TakenLimits | undefined
  #isSettled = false

  constructor(input: LedgerCallInput) {
    this.#input = input
  }

  get id(): string {
    return this.#input.caller.id
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  get worstTokens(): number {
    return this.#input.worstTokens
  }

  /**
   * Reserves the worst case and writes the opening row. Resolves when the row will be there whatever happens, or is there if the call `waitsForRow`. Throws
   * BUDGET_EXCEEDED or MODEL_UNPRICED (402), CONFLICT for an id that was used before, UNAVAILABLE when the row could not be written.
   */
  async open(limits: TakenLimits): Promise<void> {
    this.#limits = limits
    const { caller, inputEstimate, worstTokens, worstMicros, leaseMs, firstTarget } = this.#input
    const { written, row } = this.#input.open({
      ...caller,
      inputEstimate,
      worstTokens,
      worstMicros,
      leaseMs,
      provider: firstTarget?.provider.name,
      model: firstTarget && storableText(firstTarget.model),
    })
    this.#opened = row.catch(() => undefined)
    const confirmed = this.#confirm(row)
    confirmed.catch(() => undefined)
    if (this.#input.waitsForRow || !(await written)) await confirmed
  }

  async #confirm(row: OpeningRow['row']): Promise<void> {
    const refusal = await row
    if (refusal === undefined) return
    if (refusal.reason === 'duplicate') {
      // The row is that of another call.
      this.#isSettled = true
      void this.#limits?.settle(0)
    }
    const { caller, unpricedTiers } = this.#input
    this.#refusal = BudgetError.of(refusal, caller.requestedModel, unpricedTiers)
    throw this.#refusal
  }

  /** Ends a call that was not opened. What it took is given back; its row says that it was refused. */
  refuse(reason: unknown): void {
    const error = CodedError.from(reason)
    this.settle({ endedBy: 'hub', status: statusOf(error), error, truncated: false })
  }

  /** A request to a provider begins. `sent`: the tiers that it asks for; without it those that the client asks for. */
  attempt(target: Target, sent?: { readonly tiers: TierNames | undefined }): LedgerAttempt {
    const { prices, inputEstimate, tiers } = this.#input
    const attempt = new LedgerAttempt(
      target,
      this.#attempts.length + 1,
      { table: prices, asked: sent === undefined ? tiers : sent.tiers },
      inputEstimate,
      () => this.#refusal,
    )
    this.#attempts.push(attempt)
    return attempt
  }

  /** Keeps what the call has taken. Gives its output tokens so far, estimated. */
  renew(): number {
    void this.#limits?.renew()
    return estimateTokens(this.#attempts.at(-1)?.textBytes ?? 0)
  }

  /** Ends the call. The first end counts. Attempts that still run are taken as cut off. */
  settle(end: CallEnd): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const { caller } = this.#input
    const attempts = this.#attempts.map(
      (attempt): SettledAttempt =>
        attempt.settled ??
        attempt.end({ status: null, code: null, usage: undefined, mayHaveUsed: true }),
    )
    const used = sumUsage(attempts)
    const last = attempts.at(-1)
    void this.#limits?.settle(allTokens(used))
    // Member by member: an object that begins with several others takes several times as long to make.
    const settled: SettledCall = {
      id: caller.id,
      parentId: caller.parentId,
      accountId: caller.accountId,
      keyId: caller.keyId,
      orgId: caller.orgId,
      sessionId: caller.sessionId,
      turnId: caller.turnId,
      stepId: caller.stepId,
      runId: caller.runId,
      tags: caller.tags,
      endpoint: caller.endpoint,
      requestedModel: caller.requestedModel,
      streamed: caller.streamed,
      startedAt: caller.startedAt,
      subjects: caller.subjects,
      targets: caller.targets,
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
      provider: last?.provider ?? null,
      model: last?.model ?? null,
      status: end.status,
      code: end.error?.code ?? null,
      attempts,
      inconsistent: this.#attempts.some((attempt) => attempt.inconsistent),
      endedBy: end.endedBy,
      truncated: end.truncated,
      settledBy: 'proxy',
      upstreamRequestId: last?.upstreamRequestId ?? null,
      endedAt: new Date(),
      firstTokenMs: this.#firstTokenMs(),
      totalMs: performance.now() - this.#from,
    }
    // The opening row is written first, or not at all.
    void this.#opened.then(() => this.#input.onSettled(settled, end))
  }

  #firstTokenMs(): number | null {
    const first = this.#attempts.findLast((attempt) => attempt.firstContentMs !== null)
    if (first === undefined) return null
    const before = first.startedAt.getTime() - this.#input.caller.startedAt.getTime()
    return Math.max(0, before) + (first.firstContentMs ?? 0)
  }
}
