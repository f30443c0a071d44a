import type { EndedBy, SettledBy, UsageSource } from '../schema/inference/families.ts'

/** Tokens in disjoint classes: a token is counted in one of them only. */
export interface TokenCounts {
  /** Neither read from a cache nor written to one, without audio. */
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  /** Without reasoning and audio. */
  readonly output: number
  readonly reasoning: number
  readonly audioInput: number
  readonly audioOutput: number
}

/** Who calls a model, and for what. */
export interface LedgerCaller {
  /** The call id. */
  readonly id: string
  readonly parentId?: string | undefined
  readonly accountId: string
  readonly keyId?: string | undefined
  /** The only organization of the caller, if it has just one. */
  readonly orgId?: string | undefined
  readonly sessionId?: string | undefined
  readonly turnId?: string | undefined
  readonly stepId?: string | undefined
  readonly runId?: string | undefined
  readonly tags?: readonly string[] | undefined
  /** Path below `/v1`. */
  readonly endpoint: string
  readonly requestedModel: string
  readonly streamed: boolean
  readonly startedAt: Date
  /** Keys, accounts, organizations and models whose budgets count the call; those of sessions are found by `sessionId`. */
  readonly subjects: readonly (readonly [type: 'key' | 'account' | 'org' | 'model', id: string])[]
  /** What may answer it, as `provider/model`. */
  readonly targets: readonly string[]
}

/** A call that begins. */
export interface OpeningCall extends LedgerCaller {
  readonly provider?: string | undefined
  readonly model?: string | undefined
  /** Input tokens, estimated: what the row says if the proxy is lost. */
  readonly inputEstimate: number
  /** The most tokens that the call can use. */
  readonly worstTokens: number
  /** The most that it can cost, in millionths of a US dollar; null when a target has no price. */
  readonly worstMicros: number | null
  /** Milliseconds until the sweep settles the call, unless the lease is renewed. */
  readonly leaseMs: number
  /** What is missing may be in slices: the call is then not refused, but `recalled`, to be opened again when they have come back. */
  readonly waits?: boolean
}

/** A call that begins, whose worst case was taken from the slices of its process. */
export interface BeginningCall extends OpeningCall {
  /** Amounts by the ids of all budgets that count the call. */
  readonly slices: Readonly<Record<string, number>>
  /** Whose slices; undefined for a call that no budget counts. */
  readonly holder?: string | undefined
}

/** Why a call was not opened. `duplicate`: there is a row for its id. `recalled`: it has no row, and may be opened again. */
export type CallRefusal =
  | { readonly reason: 'duplicate' }
  | { readonly reason: 'recalled'; readonly budgetId: string }
  | {
      readonly reason: 'exceeded' | 'unpriced'
      readonly budgetId: string
      readonly subjectType: string
      readonly subjectId: string
      readonly unit: string
      readonly period: string
      readonly limit: number
      readonly spent: number
      readonly reserved: number
      /** What the call could use; with `exceeded`. */
      readonly needed?: number
    }

/** Tokens and their cost, as the row keeps them. */
export interface LedgerAmounts extends TokenCounts {
  /** Millionths of a US dollar; null when the price is unknown. */
  readonly costMicros: number | null
  readonly unpriced: boolean
  readonly priceVersion: string | null
  readonly usageSource: UsageSource
  readonly upstreamRequestId: string | null
  readonly firstTokenMs: number | null
  readonly totalMs: number
}

/** One request to a provider. */
export interface SettledAttempt extends LedgerAmounts {
  /** From 1. */
  readonly attempt: number
  readonly provider: string
  readonly model: string
  /** `provider/model`, and all tokens: what budgets are charged. */
  readonly target: string
  readonly tokens: number
  readonly status: number | null
  readonly code: string | null
  readonly startedAt: Date
}

/** A call that has ended. */
export interface SettledCall extends LedgerCaller, LedgerAmounts {
  readonly provider: string | null
  readonly model: string | null
  readonly status: number | null
  readonly code: string | null
  readonly attempts: readonly SettledAttempt[]
  readonly inconsistent: boolean
  readonly endedBy: EndedBy
  readonly truncated: boolean
  readonly settledBy: SettledBy
  readonly endedAt: Date
}
