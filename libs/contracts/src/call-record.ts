import type { CallHeader } from './call-header.ts'

/** Milliseconds spent, measured by the caller's instance except `executeMs` (by the provider's). */
export interface CallTiming {
  readonly routeMs: number
  readonly queueMs: number
  readonly executeMs: number
  readonly totalMs: number
}

/** The result of an abort: the handler stopped, it answered despite the abort, or it had already ended. */
export type AbortReceipt = 'honoured' | 'ignored' | 'too-late'

/** The error of a call as it is kept. */
export interface CallFailure {
  readonly code: string
  readonly message: string
  readonly details?: unknown
}

/** A call that has ended, for the call graph and the metrics. Made by the instance that started the clock. */
export interface CallRecord {
  readonly header: CallHeader
  readonly status: 'completed' | 'failed' | 'aborted'
  readonly code?: string
  readonly error?: CallFailure
  readonly output?: unknown
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attempts: number
  readonly spokeId?: string
  readonly instanceId?: string
  /** Why this provider: `pinned`, `least-loaded of 3`, `retry after PROVIDER_LOST` ... */
  readonly route?: string
  /** Items of a subscription. */
  readonly items?: number
  /** For aborted calls whose provider sent a receipt. */
  readonly receipt?: AbortReceipt
  /** Answered by the caller's process itself (`hub.list`, `hub.search`, `hub.schema`). */
  readonly local?: true
  /** Made by the provider's instance, because that of the caller died. */
  readonly orphaned?: true
  readonly timing?: CallTiming
}
