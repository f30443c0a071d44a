import type { EventEnvelope, FaultContext, TransportEventTarget, TypedEvent } from '../types.ts'
import type { CodedError } from '@alkdev/errors'
import { topicOf } from '../topic.ts'
import { withDeadline } from '../faults.ts'

/** Two targets such that what the one publishes is heard on the other; both may be one and the same. */
export interface ConformancePair extends AsyncDisposable {
  readonly publisher: TransportEventTarget
  readonly subscriber: TransportEventTarget
  /** What `onError` of the publisher and of the subscriber was told. */
  readonly faults: readonly ConformanceFault[]
  /** Sends something that is no envelope to the subscriber. */
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

/** Events heard by a listener, in order, and a way to wait for a number of them. */
export class Heard {
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
    await withDeadline(promise, deadlineMs, `hearing ${count} events`)
  }
}

export async function listen(pair: ConformancePair, type: string, id: string): Promise<Heard> {
  const heard = new Heard()
  pair.subscriber.addEventListener(topicOf(type, id), heard.listener)
  await pair.subscriber.subscribed(topicOf(type, id))
  return heard
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

/** Resolves when everything that was published before has been heard, or never will be: transports keep the order. */
export async function settle(pair: ConformancePair): Promise<void> {
  const heard = await listen(pair, 'settle', 'now')
  await publish(pair, 'settle', 'now')
  await heard.atLeast(1)
  pair.subscriber.removeEventListener('settle:now', heard.listener)
}
