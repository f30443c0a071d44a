import type { EventEnvelope, FaultContext, TransportEventTarget, TypedEvent } from '../types.ts'
import type { CodedError } from '@alkdev/errors'
import { topicOf } from '../topic.ts'
import { withDeadline } from '../faults.ts'

/** Two targets; the subscriber receives what the publisher publishes. Both may be the same target. */
export interface ConformancePair extends AsyncDisposable {
  readonly publisher: TransportEventTarget
  readonly subscriber: TransportEventTarget
  /** The faults that `onError` of the publisher and of the subscriber received. */
  readonly faults: readonly ConformanceFault[]
  /** Sends a message that is not an envelope to the subscriber. */
  readonly sendMalformed?: () => unknown
  /** Breaks the connection of the subscriber and resolves when it has noticed. */
  readonly breakConnection?: () => Promise<void>
}

export interface ConformanceFault {
  readonly error: CodedError
  readonly context: FaultContext
}

export interface ConformanceHarness {
  readonly open: () => ConformancePair | Promise<ConformancePair>
  /** What `publish` resolves with: the listeners called, the connections that it was given to, or nothing. */
  readonly counts: 'listeners' | 'connections' | 'nothing'
  /** A payload that the transport can't carry; `anything` where there is none. */
  readonly uncarried: { readonly payload: unknown } | 'anything'
  /** Whether pairs have `sendMalformed`. */
  readonly malformed: boolean
  /** Whether pairs have `breakConnection`. */
  readonly reconnects: boolean
}

const deadlineMs = 5000

/** The events that a listener received, in order, and a way to wait for a number of them. */
export class ReceivedEvents {
  readonly events: TypedEvent[] = []
  #wanted: { readonly count: number; readonly reached: () => void } | undefined

  readonly listener = (event: TypedEvent): void => {
    this.events.push(event)
    if (this.#wanted && this.events.length >= this.#wanted.count) this.#wanted.reached()
  }

  get payloads(): unknown[] {
    return this.events.map((event) => event.detail.payload)
  }

  async atLeast(count: number): Promise<void> {
    if (this.events.length >= count) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wanted = { count, reached: resolve }
    await withDeadline(promise, deadlineMs, `receiving ${count} events`)
  }
}

export async function listen(
  pair: ConformancePair,
  type: string,
  id: string,
): Promise<ReceivedEvents> {
  const received = new ReceivedEvents()
  pair.subscriber.addEventListener(topicOf(type, id), received.listener)
  await pair.subscriber.subscribed(topicOf(type, id))
  return received
}

export function publish(
  pair: ConformancePair,
  type: string,
  id: string,
  payload?: unknown,
): Promise<number | undefined> {
  return pair.publisher.publish({ type, id, payload })
}

export function eventOf(
  envelope: EventEnvelope,
  topic = topicOf(envelope.type, envelope.id),
): TypedEvent {
  return new CustomEvent(topic, { detail: envelope })
}

/** Resolves when every event that was published before has been received or is lost: transports keep the order. */
export async function settle(pair: ConformancePair): Promise<void> {
  const received = await listen(pair, 'settle', 'now')
  await publish(pair, 'settle', 'now')
  await received.atLeast(1)
  pair.subscriber.removeEventListener('settle:now', received.listener)
}
