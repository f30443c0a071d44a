import { CodedError } from '@alkdev/errors'
import type { EventEnvelope } from './types.ts'

/** Types that start so belong to the transports and are never given to listeners. */
export const reservedPrefix = '__'

/** The topic of an event: `type:id`. Nothing is escaped; listeners compare type and id as well. */
export function topicOf(type: string, id: string): string {
  return `${type}:${id}`
}

/** Throws VALIDATION_ERROR unless an application may use this event type. */
export function assertEventType(type: string): void {
  if (typeof type !== 'string' || type === '') {
    throw new CodedError('VALIDATION_ERROR', 'an event type must be a string that is not empty')
  }
  if (type.startsWith(reservedPrefix)) {
    throw new CodedError(
      'VALIDATION_ERROR',
      `event types that start with "${reservedPrefix}" are reserved for transports: ${type}`,
    )
  }
}

export function isEnvelope(value: unknown): value is EventEnvelope {
  if (typeof value !== 'object' || value === null) return false
  const { type, id } = value as { readonly type?: unknown; readonly id?: unknown }
  return typeof type === 'string' && typeof id === 'string'
}

/** The topic of an envelope that an application wants to send. Throws VALIDATION_ERROR. */
export function publishableTopic(envelope: unknown): string {
  if (!isEnvelope(envelope)) {
    throw new CodedError('VALIDATION_ERROR', 'an envelope needs a type and an id that are strings')
  }
  assertEventType(envelope.type)
  return topicOf(envelope.type, envelope.id)
}

/** As `publishableTopic`, and the event's own type must be that topic. */
export function dispatchableTopic(event: {
  readonly type: string
  readonly detail: unknown
}): string {
  const topic = publishableTopic(event.detail)
  if (event.type !== topic) {
    throw new CodedError(
      'VALIDATION_ERROR',
      'the type of the event is not the topic of its envelope',
      {
        details: { eventType: event.type, topic },
      },
    )
  }
  return topic
}
