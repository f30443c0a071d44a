import { MAX_JSON_DEPTH } from '@alkdev/std'
import type { CallFrame } from './call-events.ts'
import { buildCallHandler } from './call-handler.ts'
import type { CallHandler, CallHandlerConfig } from './call-handler.ts'
import type { FrameCheck } from './call-frame.ts'
import type { CallFrameSender } from './call-port.ts'
import { PendingRequestMap } from './pending-request-map.ts'
import type { PendingRequestOptions } from './pending-request-map.ts'
import { checkFrameDepth } from './read-call-frame.ts'

export interface CallPeerOptions
  extends
    CallFrameSender,
    Omit<CallHandlerConfig, 'callMap' | 'maxTimeoutMs' | 'defaultTimeoutMs'> {
  readonly requests?: PendingRequestOptions
  readonly defaultTimeoutMs?: number
  readonly maxTimeoutMs?: number
}

/** Both directions of the call protocol over one connection. */
export interface CallPeer extends AsyncDisposable {
  /** The calls that this side makes. */
  readonly calls: PendingRequestMap
  /** The calls that this side executes. */
  readonly handler: CallHandler
  /**
   * Handles one parsed message. `frame`: it was a frame of the call protocol and was handled. `other`: its type is not of the protocol; it
   * is left to the caller. `fault`: it was malformed, or nested deeper than 512 levels; if it named a request, that has been answered with
   * VALIDATION_ERROR, and a call of this side that it answered fails with EXECUTION_ERROR.
   */
  receive(message: unknown): FrameCheck
}

/**
 * A peer over a connection that carries frames in order, such as a WebSocket: `send` writes a frame, and `receive` handles an arriving one.
 * Disposing it aborts both directions; after a lost connection call `calls.lost()`.
 */
export function createCallPeer(options: CallPeerOptions): CallPeer {
  const times = {
    ...(options.defaultTimeoutMs !== undefined && { defaultTimeoutMs: options.defaultTimeoutMs }),
    ...(options.maxTimeoutMs !== undefined && { maxTimeoutMs: options.maxTimeoutMs }),
  }
  const calls = new PendingRequestMap(options, { ...times, ...options.requests })
  const handler = buildCallHandler({ ...options, callMap: calls })
  return {
    calls,
    handler,
    receive(message) {
      const checked = checkFrameDepth(message)
      if (checked.kind === 'deep') return refuseDeep(calls, checked.frame)
      if (checked.kind === 'frame') {
        if (checked.frame.type === 'call.requested') void handler(checked.frame.payload)
        else calls.receive(checked.frame)
      } else if (checked.kind === 'fault' && checked.fault.requestId !== undefined)
        calls.emitError(
          checked.fault.requestId,
          'VALIDATION_ERROR',
          `The frame is wrong at ${checked.fault.path}: ${checked.fault.message}.`,
          { errors: [{ path: checked.fault.path, message: checked.fault.message }] },
        )
      return checked
    },
    async [Symbol.asyncDispose]() {
      handler.dispose()
      calls.dispose()
    },
  }
}

/** A frame that is nested too deep fails its call, on either side. */
function refuseDeep(calls: PendingRequestMap, { type, payload }: CallFrame): FrameCheck {
  const { requestId } = payload
  const message = `is nested deeper than ${MAX_JSON_DEPTH} levels`
  if (type === 'call.requested')
    calls.emitError(requestId, 'VALIDATION_ERROR', `The request ${message}.`)
  else
    calls.receive({
      type: 'call.error',
      id: requestId,
      payload: { requestId, code: 'EXECUTION_ERROR', message: `The answer ${message}.` },
    })
  return { kind: 'fault', fault: { path: '/payload', message, requestId } }
}
