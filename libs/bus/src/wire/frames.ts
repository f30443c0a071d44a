import type { WireError } from '@alkdev/errors'
import type { Identity, ResponseEnvelope } from '@alkdev/operations'
import type { Actor, CallTarget, RunningCall } from '../types.ts'

/** An error as it travels between instances. */
export interface FrameError extends WireError {
  readonly retryAfterMs?: number
}

/** Every frame about a call names the call, the attempt and the instance that sends it. */
interface CallFrame {
  readonly call: string
  readonly n: number
  readonly from: string
}

/** Caller to provider: please run this. */
export interface RequestFrame extends CallFrame {
  readonly k: 'request'
  readonly op: string
  readonly target: CallTarget
  readonly input: unknown
  readonly principal: Identity
  readonly actor: Actor
  readonly depth: number
  /** The attempt goes on at this provider, to which its spoke has moved: items received so far. */
  readonly resumed?: number | undefined
  /** With `resumed`: the `seq` up to which its reader takes items. */
  readonly upTo?: number | undefined
  readonly parent?: string | undefined
  /** Milliseconds left. */
  readonly timeoutMs?: number | undefined
  readonly idleTimeoutMs?: number | undefined
  readonly idempotencyKey?: string | undefined
  readonly traceparent?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** Provider to caller: the answer of a query or mutation. */
export interface RespondFrame extends CallFrame {
  readonly k: 'respond'
  readonly output: ResponseEnvelope
  readonly queueMs: number
  readonly executeMs: number
  /** Calls now running at the spoke that answered. */
  readonly load?: number | undefined
}

export interface ItemFrame extends CallFrame {
  readonly k: 'item'
  readonly seq: number
  readonly output: ResponseEnvelope
}

export interface CompleteFrame extends CallFrame {
  readonly k: 'complete'
  readonly count: number
}

/** Provider to caller: the call ran and failed. */
export interface ErrorFrame extends CallFrame {
  readonly k: 'error'
  readonly error: FrameError
}

/** Provider to caller: nothing was started, and this provider will never start this attempt. */
export interface RefuseFrame extends CallFrame {
  readonly k: 'refuse'
  readonly error: FrameError
}

/** Provider to caller: the spoke that was given the call has gone. */
export interface LostFrame extends CallFrame {
  readonly k: 'lost'
  readonly reason: string
}

/** Caller to provider: stop; `code` says why. */
export interface AbortFrame extends CallFrame {
  readonly k: 'abort'
  readonly code: string
  readonly reason: string
}

export type AbortReceipt = 'honoured' | 'ignored' | 'too-late'

export interface ReceiptFrame extends CallFrame {
  readonly k: 'receipt'
  readonly receipt: AbortReceipt
}

/** Caller to provider: items up to this `seq` may be sent. Absolute, so that a lost one does no harm. */
export interface CreditFrame extends CallFrame {
  readonly k: 'credit'
  readonly upTo: number
}

/** `[callId, attempt]`, for streams followed by the last `seq` received and the `seq` that may be sent. */
export type CheckItem = readonly [call: string, n: number, received?: number, upTo?: number]

/** Caller to provider: what is still waited for, and what has ended and may be forgotten. */
export interface CheckFrame {
  readonly k: 'check'
  readonly from: string
  readonly waiting: readonly CheckItem[]
  readonly done: readonly (readonly [call: string, n: number])[]
}

/** Provider to caller: which of them it does not know, has answered but no longer holds, and how far the streams are. */
export interface CheckedFrame {
  readonly k: 'checked'
  readonly from: string
  readonly unknown: readonly (readonly [call: string, n: number])[]
  readonly forgotten: readonly (readonly [call: string, n: number])[]
  readonly streams: readonly (readonly [call: string, n: number, sent: number])[]
}

/** To all: the registry has reached this change. */
export interface ChangeFrame {
  readonly k: 'change'
  readonly from: string
  readonly change: number
}

/** To all: whoever runs the clock of this call aborts it. */
export interface KillFrame {
  readonly k: 'kill'
  readonly from: string
  readonly query: string
  readonly call: string
  readonly reason: string
}

export interface KilledFrame {
  readonly k: 'killed'
  readonly from: string
  readonly query: string
  readonly found: boolean
  readonly receipt?: AbortReceipt
}

/** To all: whoever runs the clock of this call says so. */
export interface FindFrame {
  readonly k: 'find'
  readonly from: string
  readonly query: string
  readonly call: string
}

export interface FoundFrame {
  readonly k: 'found'
  readonly from: string
  readonly query: string
  readonly running?: RunningCall | undefined
}

/** To all: this spoke is attached here now and still has these attempts. Callers that want them send their requests again. */
export interface ResumeFrame {
  readonly k: 'resume'
  readonly from: string
  readonly query: string
  readonly spokeId: string
  readonly epoch: number
  readonly calls: readonly (readonly [call: string, n: number])[]
}

/** The requests of this instance that belong to the question have been sent, before this. */
export interface ResumedFrame {
  readonly k: 'resumed'
  readonly from: string
  readonly query: string
}

/** To oneself, with each renewal of the lease: proves that what is published arrives. */
export interface BeatFrame {
  readonly k: 'beat'
  readonly from: string
}

/** Stands for a message that lies under a key; the frame's own call fields keep the order of the call's messages. */
export interface LargeFrame {
  readonly k: 'large'
  readonly from: string
  readonly key: string
  readonly of: Frame['k']
  readonly call: string
  readonly n: number
}

export type Frame =
  | RequestFrame
  | RespondFrame
  | ItemFrame
  | CompleteFrame
  | ErrorFrame
  | RefuseFrame
  | LostFrame
  | AbortFrame
  | ReceiptFrame
  | CreditFrame
  | CheckFrame
  | CheckedFrame
  | ChangeFrame
  | KillFrame
  | KilledFrame
  | FindFrame
  | FoundFrame
  | ResumeFrame
  | ResumedFrame
  | BeatFrame
  | LargeFrame
