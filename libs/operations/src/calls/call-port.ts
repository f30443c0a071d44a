import { CallError } from './call-error.ts'
import { checkCallFrame } from './call-frame.ts'
import type { CallEventMap, CallEventType, CallFrame } from './call-events.ts'

/** The part of an event target that the call protocol uses: `new EventTarget()` and every target of `@alkdev/pubsub` have it. */
export interface CallEventTarget {
  addEventListener(type: string, listener: (event: CallEvent) => void): void
  removeEventListener(type: string, listener: (event: CallEvent) => void): void
  dispatchEvent(event: CallEvent): boolean
  /** If present, it replaces dispatchEvent, so that a failed send fails the call at once. */
  publish?(envelope: CallFrame): Promise<unknown>
  /** If present, a request is sent only when its answers will be received. */
  subscribed?(topic: string): Promise<void>
  /** If present, its abort ends pending calls with PROVIDER_LOST. */
  readonly closeSignal?: AbortSignal
}

/** Topic as `type`, envelope as `detail`. */
export type CallEvent = CustomEvent<CallFrame>

/** A connection that carries frames in order to one peer, such as a WebSocket. Pass received frames to `receive`. */
export interface CallFrameSender {
  /** Sends a frame, or throws. Must not block. */
  send(frame: CallFrame): void
}

/** The connection of one end of the protocol to the other. */
export interface CallPort {
  /** A rejection means that it was not sent. */
  send<Event extends CallEventType>(
    type: Event,
    requestId: string,
    payload: CallEventMap[Event],
  ): void | Promise<unknown>
  /** Receives these events of a request from now on. `ready` resolves when no event can be missed any more. */
  open(requestId: string, types: readonly CallEventType[]): CallRoute
  readonly closeSignal?: AbortSignal
}

export interface CallRoute {
  readonly ready?: Promise<unknown>
  close(): void
}

const NO_ROUTE: CallRoute = { close() {} }

/** Frames are addressed by `id` = requestId; all arriving frames are passed to `receive`. */
export function framePort(sender: CallFrameSender): CallPort {
  return {
    send: (type, requestId, payload) => {
      sender.send({ type, id: requestId, payload } as CallFrame)
    },
    open: () => NO_ROUTE,
  }
}

/**
 * Requests go to the topic `call.requested:<address>`; every other event to `<type>:<requestId>`, so that only the two ends
 * of a call receive it.
 */
export function eventTargetPort(
  target: CallEventTarget,
  address: string | ((requestId: string) => string),
  receive: (frame: CallFrame) => void,
): CallPort {
  const listener = (event: CallEvent): void => {
    const checked = checkCallFrame(event.detail)
    if (checked.kind === 'frame') receive(checked.frame)
  }
  const addressOf = typeof address === 'string' ? () => address : address
  return {
    send(type, requestId, payload) {
      const id = type === 'call.requested' ? addressOf(requestId) : requestId
      const envelope = { type, id, payload } as CallFrame
      if (target.publish !== undefined) return target.publish(envelope)
      target.dispatchEvent(new CustomEvent(`${type}:${id}`, { detail: envelope }))
      return undefined
    },
    open(requestId, types) {
      const topics = types.map((type) => `${type}:${requestId}`)
      for (const topic of topics) target.addEventListener(topic, listener)
      return {
        ...readiness(target, topics),
        close() {
          for (const topic of topics) target.removeEventListener(topic, listener)
        },
      }
    },
    ...(target.closeSignal !== undefined && { closeSignal: target.closeSignal }),
  }
}

function readiness(
  target: CallEventTarget,
  topics: readonly string[],
): { ready?: Promise<unknown> } {
  const confirmed: Promise<void>[] = []
  for (const topic of topics) {
    const one = target.subscribed?.(topic)
    if (one !== undefined) confirmed.push(one)
  }
  return confirmed.length === 0 ? {} : { ready: Promise.all(confirmed) }
}

/** For frames whose loss the timeout of the other side covers: a failure to send is not an error; `failed` is called for it. */
export function sendQuietly<Event extends CallEventType>(
  port: CallPort,
  type: Event,
  payload: CallEventMap[Event],
  failed: () => void = () => {},
): void {
  try {
    port.send(type, payload.requestId, payload)?.then(undefined, failed)
  } catch {
    failed()
  }
}

/** A failure to send as the caller's error: an error with a code keeps it. */
export function sendError(error: unknown): CallError {
  const known = CallError.from(error)
  if (known.code !== 'UNKNOWN_ERROR') return known
  return error instanceof TypeError
    ? new CallError('VALIDATION_ERROR', 'The message cannot be carried as JSON.', undefined, {
        cause: error,
      })
    : new CallError('UNAVAILABLE', 'The message could not be sent.', undefined, { cause: error })
}
