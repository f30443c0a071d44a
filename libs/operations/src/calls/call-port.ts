import { CallError } from './call-error.ts'
import { checkCallFrame } from './call-frame.ts'
import type { CallEventMap, CallEventType, CallFrame } from './call-events.ts'

/** What the call protocol needs of an event target: `new EventTarget()` and every target of `@alkdev/pubsub` have it. */
export interface CallEventTarget {
  addEventListener(type: string, listener: (event: CallEvent) => void): void
  removeEventListener(type: string, listener: (event: CallEvent) => void): void
  dispatchEvent(event: CallEvent): boolean
  /** If there is one it is used in place of dispatchEvent, so that a failed send fails the call at once. */
  publish?(envelope: CallFrame): Promise<unknown>
  /** If present, a request is sent only when its answers will be received. */
  subscribed?(topic: string): Promise<void>
  /** If there is one, its abort ends what is pending with PROVIDER_LOST. */
  readonly closeSignal?: AbortSignal
}

/** Topic as `type`, envelope as `detail`. */
export type CallEvent = CustomEvent<CallFrame>

/** A connection that carries frames in order to one peer, such as a WebSocket. What it receives is given to `receive`. */
export interface CallFrameSender {
  /** Hands a frame over, or throws. Must not block. */
  send(frame: CallFrame): void
}

/** How one end of the protocol reaches the other. */
export interface CallPort {
  /** A rejection means that it was not sent. */
  send<Event extends CallEventType>(
    type: Event,
    requestId: string,
    payload: CallEventMap[Event],
  ): void | Promise<unknown>
  /** Hears these events of a request from now on. `ready` resolves when nothing can be missed any more. */
  open(requestId: string, types: readonly CallEventType[]): CallRoute
  readonly closeSignal?: AbortSignal
}

export interface CallRoute {
  readonly ready?: Promise<unknown>
  close(): void
}

const NO_ROUTE: CallRoute = { close() {} }

/** Frames are addressed by `id` = requestId; everything that arrives comes through `receive`. */
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
 * of a call hears it.
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
    ...(target.closeSignal === undefined ? {} : { closeSignal: target.closeSignal }),
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

/** For frames whose loss the clock of the other side makes good: a failure to send is not an error. `failed` is called for one. */
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

/** Why a frame could not be sent, as the caller's error: an error with a code keeps it. */
export function sendError(error: unknown): CallError {
  const known = CallError.from(error)
  if (known.code !== 'UNKNOWN_ERROR') return known
  return error instanceof TypeError
    ? new CallError('VALIDATION_ERROR', 'The message cannot be carried as JSON.', undefined, {
        cause: error,
      })
    : new CallError('UNAVAILABLE', 'The message could not be sent.', undefined, { cause: error })
}
