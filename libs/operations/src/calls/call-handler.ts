import { buildEnv } from '../registry/build-env.ts'
import type { EnvOptions } from '../registry/build-env.ts'
import { CallError } from './call-error.ts'
import type { CallRequestedEvent } from './call-events.ts'
import {
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_TIMEOUT_MS,
  MAX_TIMEOUT_MS,
  MAX_TIMER_MS,
} from './call-limits.ts'
import { sendError } from './call-port.ts'
import { mapError } from './map-error.ts'
import type { PendingRequestMap } from './pending-request-map.ts'
import type { OperationRegistry } from '../registry/registry.ts'
import { ServedCall } from './served-call.ts'
import type { Identity, OperationContext } from '../registry/types.ts'

export interface CallHandlerConfig {
  readonly registry: OperationRegistry
  /** Sends the answers, and receives the aborts and credits. */
  readonly callMap: PendingRequestMap
  /**
   * Identifies the caller. The identity in a payload is not trusted, so without this every caller is anonymous and only open operations can
   * be called. Return the identity that is known otherwise (from the connection's key) or, where the sender is trusted to act for others
   * (the hub of a spoke), `event.identity`.
   */
  readonly identityOf?: (event: CallRequestedEvent) => Identity | undefined
  /** The `context.env` of handlers; false for none. Default: all namespaces, nested calls trusted. */
  readonly env?: Pick<EnvOptions, 'allowedNamespaces' | 'access'> | false
  /** Maximum running handlers; the next request is refused with OVERLOADED. Default 256. */
  readonly maxInFlight?: number
  /** Milliseconds of a call without a time limit. Default 30 000. */
  readonly defaultTimeoutMs?: number
  /** Maximum milliseconds of any call. Default 600 000. */
  readonly maxTimeoutMs?: number
  /** Maximum milliseconds between two items of a subscription, and for the caller to accept one. Default 300 000. */
  readonly defaultIdleTimeoutMs?: number
  /** Called for every failed call, with the `cause` that the caller does not get. Must not throw. */
  readonly onError?: (error: CallError, event: CallRequestedEvent) => void
}

/**
 * Executes the requests of the other side. Give it the payload of each `call.requested`; resolves when the call has ended. Never rejects.
 */
export interface CallHandler extends AsyncDisposable {
  (event: CallRequestedEvent): Promise<void>
  /** Number of handlers that have not settled, including those that ignored an abort. */
  readonly inFlight: number
  /** Number of answers after the end of their call. */
  readonly lateAnswers: number
  /** Refuses further requests (PROVIDER_UNAVAILABLE: nothing ran), aborts running ones, and notifies their callers. */
  dispose(reason?: string): void
}

/**
 * The executing side of the call protocol. A handler's signal is aborted when the caller aborts, when the time limit has passed (the caller
 * receives TIMEOUT at once, whatever the handler does) and by `dispose`. Subscriptions send items as far as the caller's credit allows. An
 * answer that cannot be sent is an EXECUTION_ERROR.
 */
export function buildCallHandler(config: CallHandlerConfig): CallHandler {
  const { registry, callMap } = config
  const calls = new Set<ServedCall>()
  const counters = { running: 0, late: 0 }
  let closed = false

  const refuse = (event: CallRequestedEvent, error: CallError): void => {
    config.onError?.(error, event)
    callMap.emitError(event.requestId, error.code, error.message, error.details)
  }

  const contextOf = (event: CallRequestedEvent, call: ServedCall): OperationContext => {
    const identity = config.identityOf?.(event)
    const { parentRequestId, metadata, idempotencyKey, traceparent } = event
    const context: { -readonly [Key in keyof OperationContext]: OperationContext[Key] } = {
      requestId: event.requestId,
      signal: call.signal,
      ...(parentRequestId !== undefined && { parentRequestId }),
      ...(identity !== undefined && { identity }),
      ...(metadata !== undefined && { metadata }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(traceparent !== undefined && { traceparent }),
      ...(call.deadline !== undefined && { deadline: call.deadline }),
    }
    if (config.env !== false) context.env = buildEnv({ registry, context, ...config.env })
    return context
  }

  const run = async (
    event: CallRequestedEvent,
    call: ServedCall,
    streams: boolean,
  ): Promise<void> => {
    const { requestId, operationId, input } = event
    const context = contextOf(event, call)
    if (!streams) {
      const envelope = await registry.execute(operationId, input, context)
      if (call.ended) counters.late += 1
      else await carried(callMap.answer.bind(callMap, requestId, envelope))
      return
    }
    for await (const envelope of registry.subscribe(operationId, input, context)) {
      const seq = await call.nextSeq()
      await carried(callMap.answer.bind(callMap, requestId, envelope, seq))
      call.progressed()
    }
    if (!call.ended) callMap.complete(requestId, call.sent)
  }

  const handle = async (event: CallRequestedEvent): Promise<void> => {
    if (closed)
      return refuse(event, new CallError('PROVIDER_UNAVAILABLE', 'This provider has stopped.'))
    if (counters.running >= (config.maxInFlight ?? 256))
      return refuse(
        event,
        new CallError('OVERLOADED', 'Too many calls are running here.', undefined, {
          retryAfterMs: 1000,
        }),
      )
    const spec = registry.getSpec(event.operationId)
    const streams = spec?.type === 'subscription'
    const call = new ServedCall({
      timeoutMs: timeOf(event, streams, config),
      idleTimeoutMs: streams
        ? (event.idleTimeout ?? config.defaultIdleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS)
        : undefined,
      tell: (error) => refuse(event, error),
    })
    const release = callMap.serve(event.requestId, call)
    if (release === undefined)
      return refuse(
        event,
        new CallError('VALIDATION_ERROR', 'A request with this id is in flight.', {
          requestId: event.requestId,
        }),
      )
    calls.add(call)
    counters.running += 1
    const running = call
      .started(() => run(event, call, streams))
      .then(
        () => call.finish(),
        (error: unknown) => {
          if (call.ended) counters.late += 1
          else refuse(event, mapError(error, spec?.errorSchemas))
          call.finish()
        },
      )
    void running.finally(() => {
      counters.running -= 1
    })
    await call.end
    calls.delete(call)
    release()
  }
  return Object.defineProperties(handle as CallHandler, {
    inFlight: { get: () => counters.running },
    lateAnswers: { get: () => counters.late },
    dispose: {
      value: (reason = 'The provider has stopped.') => {
        closed = true
        for (const call of [...calls]) call.stop(new CallError('ABORTED', reason), true)
      },
    },
    [Symbol.asyncDispose]: {
      value: async () => {
        ;(handle as CallHandler).dispose()
      },
    },
  })
}

/** An answer that the transport refuses is the operation's failure, not the caller's. */
async function carried(respond: () => void | Promise<unknown>): Promise<void> {
  try {
    await respond()
  } catch (error) {
    const failure = sendError(error)
    throw failure.code === 'VALIDATION_ERROR'
      ? new CallError('EXECUTION_ERROR', 'The output cannot be carried as JSON.', undefined, {
          cause: error,
        })
      : failure
  }
}

/**
 * The time limit of a call in milliseconds: the remaining time that the sender states, else that until its deadline by its own clock, else
 * the default (subscriptions: none).
 */
function timeOf(
  event: CallRequestedEvent,
  streams: boolean,
  config: CallHandlerConfig,
): number | undefined {
  const given =
    event.timeoutMs ??
    (event.deadline === undefined ? undefined : event.deadline - (event.timestamp ?? Date.now()))
  if (given === undefined && streams) return undefined
  return Math.min(
    given ?? config.defaultTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    streams ? MAX_TIMER_MS : (config.maxTimeoutMs ?? MAX_TIMEOUT_MS),
  )
}
