/** An event as pub/sub libraries carry it. */
export interface EventEnvelope<TType extends string = string, TPayload = unknown> {
  readonly type: TType
  readonly id: string
  readonly payload: TPayload
}

/** What a host root reports. `id` of the envelope is the name of the host. */
export interface UjsxEventMap {
  /** After each render: how many instances were made, updated, moved and removed. */
  readonly 'ujsx.rendered': {
    readonly created: number
    readonly updated: number
    readonly moved: number
    readonly removed: number
  }
  readonly 'ujsx.unmounted': { readonly removed: number }
}

export type UjsxEvent = {
  [T in keyof UjsxEventMap]: EventEnvelope<T, UjsxEventMap[T]>
}[keyof UjsxEventMap]

/** The publishing half of a pub/sub library. */
export interface PubSubLike {
  publish(type: string, id: string, payload: unknown): unknown
}

/** An `emit` for a host configuration that publishes what the host root reports. */
export function createPubSubEmitter(pubsub: PubSubLike): (event: EventEnvelope) => void {
  return (event) => {
    pubsub.publish(event.type, event.id, event.payload)
  }
}

/** The listening half of Node's EventEmitter and of its many relatives. */
export interface EventEmitterLike {
  on(type: string, listener: (payload: unknown) => void): unknown
  off(type: string, listener: (payload: unknown) => void): unknown
}

/**
 * Forwards events of an emitter (say, those of what a host instance wraps) as envelopes with `id`.
 * Returns the function that ends it.
 */
export function proxyEventEmitter(
  source: EventEmitterLike,
  types: readonly string[],
  id: string,
  emit: (event: EventEnvelope) => void,
): () => void {
  const listeners = types.map((type) => ({
    type,
    listener: (payload: unknown): void => emit({ type, id, payload }),
  }))
  for (const { type, listener } of listeners) source.on(type, listener)
  return () => {
    for (const { type, listener } of listeners) source.off(type, listener)
  }
}
