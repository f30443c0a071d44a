import { checkCallFrame } from './call-frame.ts'
import type { CallHandler } from './call-handler.ts'
import type { CallEvent, CallEventTarget } from './call-port.ts'
import type { PendingRequestMap } from './pending-request-map.ts'

export interface AttachOptions {
  /** The topic is `call.requested:<address>`. Default `''`. */
  readonly address?: string
}

/** The result of `attachCallHandler`. */
export interface AttachedCallHandler extends Disposable {
  /** Resolves when requests are certain to be received; at once on targets without subscriptions. */
  readonly ready: Promise<void>
  /** Receives no further requests; running ones continue. */
  detach(): void
}

/**
 * Gives the handler every request that is published to an address of an event target. A request with a wrong shape is answered with
 * VALIDATION_ERROR.
 */
export function attachCallHandler(
  target: CallEventTarget,
  handler: CallHandler,
  callMap: PendingRequestMap,
  options: AttachOptions = {},
): AttachedCallHandler {
  const topic = `call.requested:${options.address ?? ''}`
  const listener = (event: CallEvent): void => {
    const checked = checkCallFrame(event.detail)
    if (checked.kind === 'frame' && checked.frame.type === 'call.requested')
      void handler(checked.frame.payload)
    else if (checked.kind === 'fault' && checked.fault.requestId !== undefined)
      callMap.emitError(
        checked.fault.requestId,
        'VALIDATION_ERROR',
        `The frame is wrong at ${checked.fault.path}: ${checked.fault.message}.`,
        { errors: [{ path: checked.fault.path, message: checked.fault.message }] },
      )
  }
  target.addEventListener(topic, listener)
  const detach = (): void => target.removeEventListener(topic, listener)
  return {
    ready: target.subscribed?.(topic) ?? Promise.resolve(),
    detach,
    [Symbol.dispose]: detach,
  }
}
