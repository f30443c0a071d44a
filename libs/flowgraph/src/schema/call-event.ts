import type { Identity } from '@alkdev/operations'
import type { CallFailure } from './attributes.ts'

/** Milliseconds since the epoch, or ISO 8601. */
export type EventTime = number | string

interface CallEventBase {
  readonly requestId: string
  readonly timestamp?: EventTime
}

export interface CallRequested extends CallEventBase {
  readonly type: 'call.requested'
  readonly operationId: string
  readonly input?: unknown
  readonly parentRequestId?: string
  readonly identity?: Identity
  /** The step of a workflow that the call is made for; without it the step whose key is the operation's id. */
  readonly nodeKey?: string
  /** From 1, raised by each retry of the step. */
  readonly attempt?: number
}

export interface CallResponded extends CallEventBase {
  readonly type: 'call.responded'
  readonly output: unknown
  /** Set on the items of a stream, from 1; the stream ends with `call.completed`. */
  readonly seq?: number
}

export interface CallCompleted extends CallEventBase {
  readonly type: 'call.completed'
  readonly output?: unknown
}

export interface CallAborted extends CallEventBase {
  readonly type: 'call.aborted'
  readonly reason?: string
}

/** Code and message stand beside the request id, as in the call protocol, or nested in `error`. */
export interface CallErrored extends CallEventBase {
  readonly type: 'call.error'
  readonly code?: string
  readonly message?: string
  readonly details?: unknown
  readonly error?: CallFailure
  /** In a workflow, in place of the step's `retries`. `always`: the failure does not count, the step becomes ready again. `never`: it is final. */
  readonly retry?: 'always' | 'never'
}

/** An event of the call protocol that says which it is. */
export type CallEventMapValue =
  | CallRequested
  | CallResponded
  | CallCompleted
  | CallAborted
  | CallErrored

/** The same as pub/sub carries it. */
export interface CallEventEnvelope {
  readonly type: CallEventMapValue['type']
  readonly id?: string
  readonly payload: Readonly<Record<string, unknown>>
}

const TYPES: ReadonlySet<string> = new Set([
  'call.requested',
  'call.responded',
  'call.completed',
  'call.aborted',
  'call.error',
])

/** An event or envelope as an event; `undefined` for what is no event of a call (credits, alive frames). */
export function readCallEvent(
  given: CallEventMapValue | CallEventEnvelope,
): CallEventMapValue | undefined {
  if (!TYPES.has(given.type)) return undefined
  const event: Readonly<Record<string, unknown>> =
    'payload' in given ? { ...given.payload, type: given.type } : { ...given }
  return typeof event['requestId'] === 'string'
    ? (event as unknown as CallEventMapValue)
    : undefined
}

/** Milliseconds since the epoch; Infinity when the time is not known, so that what has a time comes first. */
export function timeOf(event: { readonly timestamp?: EventTime }): number {
  const { timestamp } = event
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp
  return time === undefined || Number.isNaN(time) ? Infinity : time
}

/** ISO 8601, or `undefined` when the time is not known. */
export function isoOf(event: { readonly timestamp?: EventTime }): string | undefined {
  if (typeof event.timestamp === 'string') return event.timestamp
  const time = timeOf(event)
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : undefined
}

export function failureOf(event: CallErrored): CallFailure {
  const { code, message, details } = event.error ?? event
  const failure = { code: code ?? 'UNKNOWN_ERROR', message: message ?? '' }
  return details === undefined ? failure : { ...failure, details }
}
