import { CallError } from './call-error.ts'
import type { CallRequestedEvent } from './call-events.ts'
import type { Identity } from '../registry/types.ts'

export interface RequestOptions {
  /** Default: a UUIDv7. It must not be in flight. */
  readonly requestId?: string
  readonly parentRequestId?: string
  /** Milliseconds for the whole call. Default: 30 000; for subscriptions no limit. */
  readonly timeoutMs?: number
  /** The same as milliseconds since the epoch, by this machine's clock. The earlier of the two counts. */
  readonly deadline?: number
  /** The claimed identity, which the other side uses only if its `identityOf` returns it. */
  readonly identity?: Identity
  readonly idempotencyKey?: string
  /** W3C trace context. */
  readonly traceparent?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Aborts the request on both sides; it ends with the reason if that is a CallError, else with ABORTED. */
  readonly signal?: AbortSignal
}

export interface SubscribeRequestOptions extends RequestOptions {
  /** Milliseconds between two items while the producer may send. Default 300 000. */
  readonly idleTimeout?: number
}

/** Milliseconds from now; undefined when neither was given. */
export function totalTime(options: RequestOptions, now: number): number | undefined {
  const { timeoutMs, deadline } = options
  if (deadline === undefined) return timeoutMs
  return timeoutMs === undefined ? deadline - now : Math.min(timeoutMs, deadline - now)
}

export function timeoutError(options: RequestOptions, timeoutMs?: number): CallError {
  return new CallError('TIMEOUT', 'The time for the call is over.', {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(options.deadline !== undefined && { deadline: options.deadline }),
  })
}

/** The payload of `call.requested`. */
export function requestPayload(
  requestId: string,
  operationId: string,
  input: unknown,
  options: RequestOptions,
  now: number,
  timeoutMs: number | undefined,
): CallRequestedEvent {
  const { parentRequestId, idempotencyKey, traceparent, identity, metadata } = options
  return {
    requestId,
    operationId,
    input,
    ...(parentRequestId !== undefined && { parentRequestId }),
    ...(timeoutMs !== undefined && { timeoutMs, deadline: now + timeoutMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(traceparent !== undefined && { traceparent }),
    ...(identity !== undefined && {
      identity: {
        id: identity.id,
        scopes: [...identity.scopes],
        ...(identity.resources !== undefined && {
          resources: Object.fromEntries(
            Object.entries(identity.resources).map(([key, actions]) => [key, [...actions]]),
          ),
        }),
      },
    }),
    ...(metadata !== undefined && { metadata }),
    timestamp: now,
  }
}
