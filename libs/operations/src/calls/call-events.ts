import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { ResponseEnvelopeSchema } from './response-envelope.ts'
import type { ResponseEnvelope } from './response-envelope.ts'

const requestId = Type.String({ minLength: 1, maxLength: 128 })
const timestamp = Type.Optional(Type.Number())
const optionalText = Type.Optional(Type.String())

/**
 * The data about a caller in a frame. The hub sets it for a spoke; a receiver that did not authenticate the sender as the hub
 * must ignore it (`CallHandlerConfig.identityOf`).
 */
export const CallIdentitySchema = Type.Object({
  id: Type.String(),
  scopes: Type.Array(Type.String()),
  resources: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
})

/**
 * Payloads of the call protocol. One protocol for calls (one `call.responded`) and subscriptions (`call.responded` with `seq` for each
 * item, then `call.completed`). `timestamp` and `deadline` are milliseconds since the epoch on the sender's clock; durations are
 * milliseconds. Unknown members are kept.
 */
export const CallEventSchema = {
  'call.requested': Type.Object({
    requestId,
    operationId: Type.String({ minLength: 1, maxLength: 256 }),
    input: Type.Optional(Type.Unknown()),
    parentRequestId: Type.Optional(requestId),
    timeoutMs: Type.Optional(Type.Number({ minimum: 0 })),
    deadline: Type.Optional(Type.Number()),
    idleTimeout: Type.Optional(Type.Number({ minimum: 0 })),
    idempotencyKey: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    identity: Type.Optional(CallIdentitySchema),
    traceparent: optionalText,
    metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    timestamp,
  }),
  'call.responded': Type.Object({
    requestId,
    output: ResponseEnvelopeSchema,
    seq: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    timestamp,
  }),
  'call.completed': Type.Object({
    requestId,
    count: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    timestamp,
  }),
  'call.aborted': Type.Object({ requestId, reason: optionalText, timestamp }),
  'call.error': Type.Object({
    requestId,
    code: Type.String({ minLength: 1, maxLength: 64 }),
    message: Type.String(),
    details: Type.Optional(Type.Unknown()),
    callId: optionalText,
    timestamp,
  }),
  'call.credit': Type.Object({
    requestId,
    credits: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /** `seq` of the last item that the consumer accepts; counts where it is given. */
    upTo: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    timestamp,
  }),
} as const

/** The payload schemas by event type, under the published name. */
export const CallEventMap = CallEventSchema
export type CallEventType = keyof typeof CallEventSchema

type Sent<Event extends CallEventType> = Readonly<Static<(typeof CallEventSchema)[Event]>>

export type CallRequestedEvent = Sent<'call.requested'>
export type CallRespondedEvent = Omit<Sent<'call.responded'>, 'output'> & {
  readonly output: ResponseEnvelope
}
export type CallCompletedEvent = Sent<'call.completed'>
export type CallAbortedEvent = Sent<'call.aborted'>
export type CallErrorEvent = Sent<'call.error'>
export type CallCreditEvent = Sent<'call.credit'>

/** Event type to payload. */
export interface CallEventMap {
  'call.requested': CallRequestedEvent
  'call.responded': CallRespondedEvent
  'call.completed': CallCompletedEvent
  'call.aborted': CallAbortedEvent
  'call.error': CallErrorEvent
  'call.credit': CallCreditEvent
}
export type CallEventMapValue = CallEventMap[CallEventType]

/** One frame of the call protocol: an event envelope whose type is known. */
export type CallFrame = {
  readonly [Event in CallEventType]: {
    readonly type: Event
    readonly id: string
    readonly payload: CallEventMap[Event]
  }
}[CallEventType]
