import type { Actor, CallTiming } from '@alkdev/contracts'
import type { CallError, Identity, ResponseEnvelope } from '@alkdev/operations'
import type { SpokeAttachment } from './provided-call.ts'

export interface BusCallOptions {
  readonly principal: Identity
  /** Default: this service. */
  readonly actor?: Actor
  /** The hub's id of the call (UUIDv7). Default: a new one. */
  readonly callId?: string
  readonly parentCallId?: string
  /** Calls above it. Default: one more than the call in whose handler it is made, in this process. */
  readonly depth?: number
  /** Milliseconds for the whole call. Default 30 000 (subscriptions: none), at most `maxTimeoutMs`. */
  readonly timeoutMs?: number
  /** Default: the limit of all calls, 600 000. Another one is for work that has a limit of its own, such as the turns of sessions; never for times of clients. */
  readonly maxTimeoutMs?: number
  /** Milliseconds between items of a subscription. Default 300 000. */
  readonly idleTimeoutMs?: number
  /** The caller disconnected or cancelled. Aborts the call through to the handler. */
  readonly signal?: AbortSignal
  /**
   * What the provider does when the process of the caller is gone. `abort` (default): aborts the call. `finish`: runs it on to the call's own
   * deadline and keeps the answer for 15 minutes, within a limit of bytes and number, for `Bus.collect`. Subscriptions are always aborted.
   */
  readonly orphan?: 'abort' | 'finish'
  /**
   * For `open`: called when the operation turns out to be a subscription, before a provider gets the call. What it throws ends the call.
   */
  readonly onStream?: () => void
  readonly idempotencyKey?: string
  /**
   * The attachment at which the spoke that has the operation may be given the call: `spokeId` and `epoch` of its provider in the directory. When the spoke was
   * attached again, or another one has its name, the call is not made: PROVIDER_UNAVAILABLE with the reason SPOKE_ATTACHED_AGAIN in its details. When that happens to a call that was made, it ends
   * PROVIDER_LOST instead of being made again there. A spoke that kept the call over a reconnect goes on with it. Default: any attachment.
   */
  readonly attachment?: SpokeAttachment | undefined
  readonly traceparent?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface CallResult {
  readonly callId: string
  readonly envelope: ResponseEnvelope
  readonly attempts: number
  readonly timing: CallTiming
}

/** What `Bus.collect` finds of a call. */
export type Collected =
  | { readonly kind: 'answer'; readonly envelope: ResponseEnvelope }
  /** The call ended with this error. PROVIDER_LOST when its spoke was lost. */
  | { readonly kind: 'error'; readonly error: CallError }

/** Items of a subscription. Reading slowly slows the provider (credits). Leaving the loop aborts the call. Throws CallError. */
export interface BusSubscription extends AsyncIterableIterator<{
  readonly seq: number
  readonly envelope: ResponseEnvelope
}> {
  readonly callId: string
}

/** What `Bus.open` resolves with: the answer of a query or mutation, or the items of a subscription that has just started. */
export type OpenedCall =
  | { readonly kind: 'answer'; readonly result: CallResult }
  | { readonly kind: 'stream'; readonly items: BusSubscription }

/** A call that is owned by some process of the deployment. */
export interface RunningCall {
  readonly callId: string
  readonly operationId: string
  /** The account whose rights it uses. */
  readonly accountId: string
  /** Milliseconds since the epoch, by the clock of that process. */
  readonly startedAtMs: number
  readonly attempts: number
}
