import type { CallHeader } from '@alkdev/contracts'
import type { OperationSpec, ResponseEnvelope } from '@alkdev/operations'

/** One attachment of a spoke. A spoke that was removed and attached again under its name has another id, and its epochs begin again. */
export interface SpokeAttachment {
  readonly spokeId: string
  readonly epoch: number
}

/** Where in the provider's process a call is executed. */
export type CallTarget =
  | { readonly kind: 'service' }
  | (SpokeAttachment & {
      readonly kind: 'spoke'
      /** The spoke's own `namespace.name`. */
      readonly name: string
    })

/** A call as the provider's process receives it. */
export interface ProvidedCall {
  readonly header: CallHeader
  /** From 1. A pair of call id and attempt is started at most once by a process. */
  readonly attempt: number
  readonly spec: OperationSpec
  readonly target: CallTarget
  /** Milliseconds left when the call arrived here; absent for a subscription without a total time. */
  readonly remainingMs?: number | undefined
  /** Milliseconds between items; of subscriptions only. */
  readonly idleTimeoutMs?: number | undefined
  /** Aborted with a CallError (ABORTED, TIMEOUT, PROVIDER_LOST of the caller). */
  readonly signal: AbortSignal
}

/**
 * How a provider answers a call. Exactly one of `respond`, `complete`, `fail`, `refuse` ends it; anything after the end is
 * ignored and counted. `refuse` asserts that nothing has been started: the caller's bus tries the next candidate.
 */
export interface CallSink {
  /** Reports to the caller's side that the handler has received the call (after this it is no longer "not started"). */
  started(): void
  /** One item of a subscription. Resolves when the caller's window allows the next one; rejects when the call has ended. */
  item(envelope: ResponseEnvelope): Promise<void>
  respond(envelope: ResponseEnvelope, executeMs?: number): void
  complete(): void
  fail(error: unknown): void
  refuse(code: 'OVERLOADED' | 'PROVIDER_UNAVAILABLE', message: string, retryAfterMs?: number): void
  /** The spoke that had the call is lost, for this call only: PROVIDER_LOST, or another attempt by its retry class. If not started: a refusal. */
  lost(reason: string): void
}

/** A provider for calls with one kind of target. It never throws: errors go to the sink. */
export type CallProvider = (call: ProvidedCall, sink: CallSink) => void

/** What a spoke does now. */
export interface SpokeLoad {
  /** Calls that it runs. */
  readonly inFlight: number
  /** Calls that wait at its broker for a free place. */
  readonly waiting: number
  /** Calls that it gets at the same time at most. */
  readonly capacity: number
}

/** The load of a spoke that is attached to this process; undefined for another one. */
export type LoadOfSpoke = (spokeId: string) => SpokeLoad | undefined

/** A call that a spoke kept over a reconnect. */
export interface ResumedCall {
  readonly call: ProvidedCall
  readonly sink: CallSink
  /** Stream items that the caller has received. */
  readonly received: number
  /** The `seq` up to which its window is open; less than `received` while its reader lags behind. */
  readonly upTo: number
  /** Resolves when the window allows an item after `received`; rejects when the call has ended. */
  readonly room: Promise<void>
}
