import type { Frame } from '../wire/frames.ts'

/** The topic of one instance, for all its call traffic. */
export function instanceTopic(instanceId: string): string {
  return `i:${instanceId}`
}

/** The topic to which every instance is subscribed. */
export const SHARED_TOPIC = 'all:'

/** The callbacks of a transport. */
export interface TransportEvents {
  /** A frame that this deployment signed, on a topic subscribed to, and its size; in the order of arrival for each call. */
  onFrame(topic: string, frame: Frame, bytes: number): void
  /** Both connections are open and every subscription is confirmed, for the first time or again. */
  onReady(): void
}

/** Carries frames between instances: at most once, in order, to the current subscribers. */
export interface Transport {
  /** Connected, and every subscription confirmed. False before the first. */
  readonly ready: boolean
  /** True when a message that Redis counted no receiver for was certainly not received. */
  readonly countsReceivers: boolean
  /** Resolves when both connections are open. Rejects with UNAVAILABLE when that took longer than 10 s. */
  start(events: TransportEvents): Promise<void>
  /** Resolves when the server has confirmed. Subscriptions are renewed after a reconnect. Rejects with TIMEOUT after 5 s. */
  subscribe(topic: string): Promise<void>
  /** Replaces the subscribing connection, which is assumed to be dead. */
  renewSubscriptions(): void
  /**
   * `text`: the frame as JSON, if the caller has serialized it already. Frames of one turn of the event loop to one topic travel
   * together. Resolves with the number of receivers. Rejects with a CodedError; `neverSent` interprets it. Never sends twice.
   */
  publish(topic: string, frame: Frame, text?: string): Promise<number>
  /** For an error of `publish`: true when certainly no instance received it. Otherwise the connection broke during transmission. */
  neverSent(error: unknown): boolean
  /** Closes both connections. Never rejects. */
  stop(): Promise<void>
}
