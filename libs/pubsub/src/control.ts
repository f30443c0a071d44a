import { malformed } from './faults.ts'
import type { EventEnvelope } from './types.ts'

/**
 * Envelopes of the transports themselves. `__subscribe` and `__unsubscribe` ask the other side of a socket for a topic
 * (the whole string `type:id`); `__subscribed` and `__refused` answer, with the `ref` of the request. A side
 * that knows no answers ignores them. A client that hears nothing sends `__ping` and is
 * answered `__pong`. `__received` counts messages between workers.
 */
export const ControlType = {
  SUBSCRIBE: '__subscribe',
  UNSUBSCRIBE: '__unsubscribe',
  SUBSCRIBED: '__subscribed',
  REFUSED: '__refused',
  PING: '__ping',
  PONG: '__pong',
  RECEIVED: '__received',
} as const
export type ControlType = (typeof ControlType)[keyof typeof ControlType]

export interface TopicControl {
  readonly topic: string
  /** Chosen by the side that subscribes; returns in the answer. */
  readonly ref?: number
}

export interface Refusal extends TopicControl {
  readonly code: string
  readonly message: string
}

export function control(type: ControlType, payload: unknown): EventEnvelope {
  return { type, id: '', payload }
}

/** The payload of a control envelope that is about a topic. Throws VALIDATION_ERROR. */
export function topicControl(envelope: EventEnvelope): TopicControl {
  const { topic, ref } = (envelope.payload ?? {}) as {
    readonly topic?: unknown
    readonly ref?: unknown
  }
  // The shortest topic is a type of one character, a colon and no id.
  if (typeof topic !== 'string' || topic.indexOf(':') < 1) {
    throw malformed(`${envelope.type} without a topic`)
  }
  return typeof ref === 'number' ? { topic, ref } : { topic }
}

/** As `topicControl`, with what the other side says of the reason. */
export function refusal(envelope: EventEnvelope): Refusal {
  const { code, message } = (envelope.payload ?? {}) as {
    readonly code?: unknown
    readonly message?: unknown
  }
  return {
    ...topicControl(envelope),
    code: typeof code === 'string' ? code : 'ACCESS_DENIED',
    message: typeof message === 'string' ? message : 'the other side refuses the topic',
  }
}
