import type { Frame } from '../wire/frames.ts'

/** The topic of one instance: all call traffic to it. */
export function instanceTopic(instanceId: string): string {
  return `i:${instanceId}`
}

/** The topic that every instance hears. */
export const SHARED_TOPIC = 'all:'

/** What a transport tells of itself. */
export interface TransportEvents {
  /** A frame that this deployment signed, on a topic subscribed to, and its size; in the order of arrival for each call. */
  onFrame(topic: string, frame: Frame, bytes: number): void
  /** Both connections are up and every subscription is confirmed, for the first time or again. */
  onReady(): void
}

/** How frames get from one instance to another: at most once, in order, to whoever is subscribed now. */
export interface Transport {
  /** Connected, and every subscription confirmed. False before the first. */
  readonly ready: boolean
  /** Resolves when both connections are up. Rejects with UNAVAILABLE when that took longer than 10 s. */
  start(events: TransportEvents): Promise<void>
  /** Resolves when the server has confirmed. Subscriptions are renewed after a reconnect. Rejects with TIMEOUT after 5 s. */
  subscribe(topic: string): Promise<void>
  /** Replaces the subscribing connection, which is thought to be dead. */
  renewSubscriptions(): void
  /**
   * `text`: the frame as JSON, of callers that had to know its size. Frames of one turn of the event loop to one topic travel
   * together. Resolves with the number of receivers. Rejects with a CodedError; `neverSent` says what that means. Never sends twice.
   */
  publish(topic: string, frame: Frame, text?: string): Promise<number>
  /** For an error of `publish`: certainly nobody got it. Else the connection broke while it was on its way. */
  neverSent(error: unknown): boolean
  /** Closes both connections. Never rejects. */
  stop(): Promise<void>
}
