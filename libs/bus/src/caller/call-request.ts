import type { CallHeader, ServiceName, Tracer, TraceSpan } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { BusCallOptions } from '../call.ts'
import { startCallSpan } from '../call-spans.ts'
import { overloaded } from '../call-errors.ts'
import type { BusLimits } from '../options.ts'
import type { SpokeAttachment } from '../provided-call.ts'
import type { Provider } from '../provider/provider.ts'
import type { Caller } from './caller.ts'

/** The times of a call in milliseconds. Which one counts depends on the kind of the operation, which is known only after the lookup. */
export interface CallTimes {
  /** For the whole call if it has one answer. */
  readonly answerMs: number
  /** For the whole call if it is a stream; undefined without a limit. */
  readonly streamMs: number | undefined
  /** Between two items of a stream. */
  readonly idleMs: number
}

/** A call before its operation is looked up. */
export interface CallRequest {
  readonly header: CallHeader
  readonly times: CallTimes
  readonly signal?: AbortSignal | undefined
  /** The span of the call, when its trace is recorded. */
  readonly span?: TraceSpan | undefined
  /** The provider finishes it when this process is gone. */
  readonly orphan?: 'finish' | undefined
  /** The only attachment of its spoke at which it may be made. */
  readonly attachment?: SpokeAttachment | undefined
  /** Why the call is refused before routing. It is still a call, with a record. */
  readonly refused?: CallError | undefined
}

export interface CallRequestOptions {
  readonly limits: BusLimits
  readonly service: ServiceName
  readonly caller: Caller
  readonly provider: Provider
  readonly tracer: Tracer | undefined
  instanceId(): string
}

/** Makes the header and the times of a call: fills in defaults, and what the call inherits from its parent. */
export class CallRequests {
  readonly #options: CallRequestOptions

  constructor(options: CallRequestOptions) {
    this.#options = options
  }

  make(operationId: string, input: unknown, given: BusCallOptions): CallRequest {
    const { limits, service, caller, provider, tracer } = this.#options
    const { parentCallId, signal } = given
    const parent = parentCallId === undefined ? undefined : provider.active.of(parentCallId)
    const above = parent?.call.header
    const taken = given.callId !== undefined && caller.find(given.callId) !== undefined
    // A second call of the same id must not get the record of the first.
    const callId = given.callId === undefined || taken ? uuidv7() : given.callId
    const traceparent = given.traceparent ?? above?.traceparent
    const span =
      tracer === undefined || traceparent === undefined
        ? undefined
        : startCallSpan(tracer, 'client', { callId, operationId, traceparent })
    const header: CallHeader = Object.freeze({
      callId,
      operationId,
      input,
      principal: given.principal,
      actor: given.actor ?? {
        kind: 'service',
        name: service,
        instanceId: this.#options.instanceId(),
      },
      depth: given.depth ?? (above?.depth ?? (parentCallId === undefined ? -1 : 0)) + 1,
      parentCallId,
      idempotencyKey: given.idempotencyKey,
      traceparent: span === undefined ? traceparent : span.traceparent,
      metadata: given.metadata,
    })
    const leftMs = parent?.leftMs ?? Infinity
    const { maxTimeoutMs = limits.maxCallTimeoutMs } = given
    const streamMs = Math.min(given.timeoutMs ?? Infinity, leftMs)
    const times: CallTimes = {
      answerMs: Math.min(given.timeoutMs ?? limits.callTimeoutMs, leftMs, maxTimeoutMs),
      streamMs: streamMs === Infinity ? undefined : Math.min(streamMs, maxTimeoutMs),
      idleMs: given.idleTimeoutMs ?? limits.subscriptionIdleTimeoutMs,
    }
    const refused = taken
      ? new CallError('CONFLICT', `Call ${given.callId} is in flight already.`)
      : this.#refusal(header.depth)
    const orphan = given.orphan === 'finish' ? given.orphan : undefined
    return { header, times, signal, span, orphan, attachment: given.attachment, refused }
  }

  #refusal(depth: number): CallError | undefined {
    const { limits, caller } = this.#options
    const { maxCallDepth } = limits
    if (depth >= maxCallDepth) {
      const message = `Calls are nested deeper than ${maxCallDepth} levels.`
      return new CallError('VALIDATION_ERROR', message, { maxCallDepth })
    }
    return caller.size < limits.maxPending
      ? undefined
      : overloaded(
          `${caller.size} calls of this process are pending, ${limits.maxPending} at most.`,
        )
  }
}
