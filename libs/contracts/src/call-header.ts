import type { Identity } from '@alkdev/operations'

/** Which process or spoke makes a call. It stands beside `principal` (whose rights count) in every call between services. */
export interface Actor {
  readonly kind: 'service' | 'spoke' | 'client'
  /** Service name, spoke name, or account id of a client connection. */
  readonly name: string
  readonly instanceId: string
}

/**
 * What does not change about a call on its way. It is made once, by the bus of the process that starts the call's clock, and is carried as
 * it is: by reference within a process, as one member of a frame between processes, in the call's record.
 */
export interface CallHeader {
  /** The hub's id of the call (UUIDv7). */
  readonly callId: string
  /** What the caller called: the pinned id of an operation, or the name of a pool. */
  readonly operationId: string
  readonly input: unknown
  /** Whose rights count. It comes from the connection at the entry point, never from a payload. */
  readonly principal: Identity
  readonly actor: Actor
  /** Calls above this one; 0 for a call from outside. */
  readonly depth: number
  readonly parentCallId?: string | undefined
  readonly idempotencyKey?: string | undefined
  /** W3C trace context of the call. */
  readonly traceparent?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}
