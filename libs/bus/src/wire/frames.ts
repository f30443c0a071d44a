import type { AbortReceipt, CallHeader } from '@alkdev/contracts'
import type { WireError } from '@alkdev/errors'
import type { ResponseEnvelope } from '@alkdev/operations'
import type { RunningCall } from '../call.ts'
import type { CallTarget } from '../provided-call.ts'

/** An error as it travels between instances. */
export interface FrameError extends WireError {
  readonly retryAfterMs?: number
}

/** How far a stream is: items that the reader's instance has, and the `seq` up to which more may be sent. */
export interface StreamPosition {
  readonly received: number
  readonly upTo: number
}

/** Every frame about an attempt but its request names the call, the attempt and the instance that sends it. */
interface AttemptFrame {
  readonly callId: string
  readonly attempt: number
  readonly from: string
}

/** Caller to provider: run this call, or (with `resume`) go on with it, since its spoke has moved to this instance. */
export interface RequestFrame {
  readonly type: 'request'
  readonly attempt: number
  readonly from: string
  readonly target: CallTarget
  /** Milliseconds left. */
  readonly remainingMs?: number | undefined
  readonly idleTimeoutMs?: number | undefined
  readonly header: CallHeader
  readonly resume?: StreamPosition | undefined
}

/** Provider to caller: the answer of a query or mutation. */
export interface RespondFrame extends AttemptFrame {
  readonly type: 'respond'
  readonly output: ResponseEnvelope
  readonly queueMs: number
  readonly executeMs: number
  /** Calls now running at the spoke that answered. */
  readonly load?: number | undefined
}

export interface ItemFrame extends AttemptFrame {
  readonly type: 'item'
  readonly seq: number
  readonly output: ResponseEnvelope
}

export interface CompleteFrame extends AttemptFrame {
  readonly type: 'complete'
  readonly count: number
}

/** Provider to caller: the call ran and failed. */
export interface ErrorFrame extends AttemptFrame {
  readonly type: 'error'
  readonly error: FrameError
}

/** Provider to caller: nothing was started, and this provider will never start this attempt. */
export interface RefuseFrame extends AttemptFrame {
  readonly type: 'refuse'
  readonly error: FrameError
}

/** Provider to caller: the spoke that had the call is gone. */
export interface LostFrame extends AttemptFrame {
  readonly type: 'lost'
  readonly reason: string
}

/** Caller to provider: stop; `code` says why. */
export interface AbortFrame extends AttemptFrame {
  readonly type: 'abort'
  readonly code: string
  readonly reason: string
}

export interface ReceiptFrame extends AttemptFrame {
  readonly type: 'receipt'
  readonly receipt: AbortReceipt
}

/** Caller to provider: items up to this `seq` may be sent. Absolute, so that a lost one does no harm. */
export interface CreditFrame extends AttemptFrame {
  readonly type: 'credit'
  readonly upTo: number
}

/** `[callId, attempt]`, for streams followed by the last `seq` received and the `seq` that may be sent. */
export type CheckItem = readonly [callId: string, attempt: number, received?: number, upTo?: number]
export type AttemptId = readonly [callId: string, attempt: number]

/** Caller to provider: what is still waited for, and what has ended and may be forgotten. */
export interface CheckFrame {
  readonly type: 'check'
  readonly from: string
  readonly waiting: readonly CheckItem[]
  readonly done: readonly AttemptId[]
}

/** Provider to caller: which of them it does not know, has answered but no longer holds, and how far the streams are. */
export interface CheckedFrame {
  readonly type: 'checked'
  readonly from: string
  readonly unknown: readonly AttemptId[]
  readonly evicted: readonly AttemptId[]
  readonly streams: readonly (readonly [callId: string, attempt: number, sent: number])[]
}

/** To all: the registry has reached this change. */
export interface ChangeFrame {
  readonly type: 'change'
  readonly from: string
  readonly change: number
}

/** What one instance asks all. */
export type Query =
  /** Abort this call if its clock runs at your instance. */
  | { readonly kind: 'abort'; readonly callId: string; readonly reason: string }
  /** Does this call's clock run at your instance? */
  | { readonly kind: 'find'; readonly callId: string }
  /** Which calls directly below these run at your instance? */
  | { readonly kind: 'below'; readonly callIds: readonly string[] }
  /** This spoke is attached at mine now and has kept these attempts: send those that you still wait for again, before the reply. */
  | {
      readonly kind: 'resume'
      readonly spokeId: string
      readonly epoch: number
      readonly attempts: readonly AttemptId[]
    }
export type QueryKind = Query['kind']
export type QueryOf<Kind extends QueryKind> = Extract<Query, { readonly kind: Kind }>

/** What is replied to each kind of query. */
export interface Replies {
  readonly abort: { readonly found: boolean; readonly receipt?: AbortReceipt }
  readonly find: { readonly running?: RunningCall | undefined }
  readonly below: { readonly calls: readonly RunningCall[] }
  readonly resume: Readonly<Record<string, never>>
}

/** To all, the sender included: everybody replies. */
export interface QueryFrame {
  readonly type: 'query'
  readonly from: string
  readonly queryId: string
  readonly query: Query
}

export interface ReplyFrame {
  readonly type: 'reply'
  readonly from: string
  readonly queryId: string
  readonly reply: Replies[QueryKind]
}

/** To oneself, with each renewal of the lease: proves that what is published arrives. */
export interface PingFrame {
  readonly type: 'ping'
  readonly from: string
}

/** Stands for a message that lies under a key; call and attempt keep the order of the call's messages. */
export interface LargeFrame {
  readonly type: 'large'
  readonly from: string
  readonly key: string
  /** Type of the frame that it stands for. */
  readonly of: Frame['type']
  readonly callId: string
  readonly attempt: number
}

/** Frames that tell the caller what becomes of an attempt. */
export type ProviderFrame =
  | RespondFrame
  | ItemFrame
  | CompleteFrame
  | ErrorFrame
  | RefuseFrame
  | LostFrame
  | ReceiptFrame

export type Frame =
  | RequestFrame
  | ProviderFrame
  | AbortFrame
  | CreditFrame
  | CheckFrame
  | CheckedFrame
  | ChangeFrame
  | QueryFrame
  | ReplyFrame
  | PingFrame
  | LargeFrame

/** The call that a frame is about; undefined for frames about several calls or none. */
export function callIdOf(frame: Frame): string | undefined {
  if (frame.type === 'request') return frame.header.callId
  return 'callId' in frame ? frame.callId : undefined
}
