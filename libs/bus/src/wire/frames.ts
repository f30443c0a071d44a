import type { AbortReceipt, CallHeader } from '@alkdev/contracts'
import type { WireError } from '@alkdev/errors'
import type { ResponseEnvelope } from '@alkdev/operations'
import type { RunningCall } from '../call.ts'
import type { CallTarget, SpokeLoad } from '../provided-call.ts'

/** An error as it travels between instances. */
export interface FrameError extends WireError {
  readonly retryAfterMs?: number
}

/** The position of a stream: items that the reader's instance has, and the `seq` up to which more may be sent. */
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

/** Caller to provider: run this call, or (with `resume`) continue it, since its spoke has moved to this instance. */
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
  /** The provider finishes the call when the process of the caller is gone, and keeps its answer. */
  readonly orphan?: 'finish' | undefined
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

/** Provider to caller: the spoke that had the call is lost. */
export interface LostFrame extends AttemptFrame {
  readonly type: 'lost'
  readonly reason: string
}

/** Caller to provider: stop; `code` is the reason. */
export interface AbortFrame extends AttemptFrame {
  readonly type: 'abort'
  readonly code: string
  readonly reason: string
}

export interface ReceiptFrame extends AttemptFrame {
  readonly type: 'receipt'
  readonly receipt: AbortReceipt
}

/** Caller to provider: items up to this `seq` may be sent. Absolute, so that the loss of a frame is corrected by the next. */
export interface CreditFrame extends AttemptFrame {
  readonly type: 'credit'
  readonly upTo: number
}

/** `[callId, attempt]`, for streams followed by the last `seq` received and the `seq` up to which items may be sent. */
export type CheckItem = readonly [callId: string, attempt: number, received?: number, upTo?: number]
export type AttemptId = readonly [callId: string, attempt: number]

/** Caller to provider: the pending attempts, and the ended ones that may be evicted. */
export interface CheckFrame {
  readonly type: 'check'
  readonly from: string
  readonly waiting: readonly CheckItem[]
  readonly done: readonly AttemptId[]
}

/** Provider to caller: which of them it does not know, which it has answered but no longer holds, and the positions of the streams. */
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

/** A query from one instance to all. */
export type Query =
  /** Abort this call if your instance owns it. */
  | { readonly kind: 'abort'; readonly callId: string; readonly reason: string }
  /** Does your instance own this call? */
  | { readonly kind: 'find'; readonly callId: string }
  /** Which calls directly below these does your instance own? */
  | { readonly kind: 'below'; readonly callIds: readonly string[] }
  /** This spoke is attached at the sender now and has kept these attempts: send those that you still wait for again, before the reply. */
  | {
      readonly kind: 'resume'
      readonly spokeId: string
      readonly epoch: number
      readonly attempts: readonly AttemptId[]
    }
  /** Do you run this call with `orphan: "finish"`, or keep its answer? The reply waits up to `waitMs` for the end of the call. */
  | { readonly kind: 'collect'; readonly callId: string; readonly waitMs: number }
  /** What do these spokes do that are attached at your instance? */
  | { readonly kind: 'spoke-loads'; readonly spokeIds: readonly string[] }
export type QueryKind = Query['kind']
export type QueryOf<Kind extends QueryKind> = Extract<Query, { readonly kind: Kind }>

/** A frame that is kept for the process that collects the end of the call. */
export type KeptFrame = RespondFrame | ErrorFrame | LostFrame

/** The reply to each kind of query. */
export interface Replies {
  readonly abort: { readonly found: boolean; readonly receipt?: AbortReceipt }
  readonly find: { readonly running?: RunningCall | undefined }
  readonly below: { readonly calls: readonly RunningCall[] }
  readonly resume: Readonly<Record<string, never>>
  readonly collect: { readonly running?: true; readonly kept?: KeptFrame | undefined }
  /** By the id of the spoke. */
  readonly 'spoke-loads': { readonly loads: Readonly<Record<string, SpokeLoad>> }
}

/** To all, the sender included: every instance replies. */
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
  /** The call whose answer the reply holds, so that it is sealed like the other frames of that call. */
  readonly callId?: string
}

/** To the sender itself, with each renewal of the lease: proves that published messages arrive. */
export interface PingFrame {
  readonly type: 'ping'
  readonly from: string
}

/** Stands for a message that is stored under a key; call and attempt keep the order of the call's messages. */
export interface LargeFrame {
  readonly type: 'large'
  readonly from: string
  readonly key: string
  /** Type of the frame that it stands for. */
  readonly of: Frame['type']
  readonly callId: string
  readonly attempt: number
}

/** Frames that report the result of an attempt to the caller. */
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

/** The call of a frame; undefined for frames about several calls or none. */
export function callIdOf(frame: Frame): string | undefined {
  if (frame.type === 'request') return frame.header.callId
  return 'callId' in frame ? frame.callId : undefined
}
