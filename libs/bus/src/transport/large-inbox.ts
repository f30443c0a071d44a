import type { Counters } from '../counters.ts'
import { callIdOf } from '../wire/frames.ts'
import type { Frame, LargeFrame } from '../wire/frames.ts'

const MAX_WAITING = 10_000

export interface LargeInboxOptions {
  /** Reads and deletes the text of a key that belongs to the topic; null when the key does not exist. */
  fetch(key: string, topic: string): Promise<string | null>
  /** The frames of the text when it is a message for this topic. */
  framesOf(text: string, topic: string): readonly Frame[] | undefined
  readonly counters: Counters
}

type Deliver = (frame: Frame, bytes: number) => void

/**
 * Fetches messages that are stored under a key, and meanwhile keeps the order of arrival for the call concerned only.
 * A message that can't be fetched is delivered as the stub: the call layer handles it by its kind.
 */
export class LargeInbox {
  readonly #options: LargeInboxOptions
  /** Calls with a fetch in progress, and the frames that arrived for them since. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #size = 0

  constructor(options: LargeInboxOptions) {
    this.#options = options
  }

  take(topic: string, frame: Frame, bytes: number, deliver: Deliver): void {
    if (frame.type !== 'large' && this.#waiting.size === 0) {
      deliver(frame, bytes)
      return
    }
    const callId = callIdOf(frame)
    const queue = callId === undefined ? undefined : this.#waiting.get(callId)
    if (queue !== undefined) {
      if (this.#size >= MAX_WAITING) {
        this.#options.counters.largeMessagesMissing++
        return
      }
      this.#size++
      queue.push(() => {
        this.#size--
        this.take(topic, frame, bytes, deliver)
      })
      return
    }
    if (frame.type === 'large') void this.#fetch(topic, frame, deliver)
    else deliver(frame, bytes)
  }

  async #fetch(topic: string, stub: LargeFrame, deliver: Deliver): Promise<void> {
    this.#waiting.set(stub.callId, [])
    let frame: Frame = stub
    let bytes = 0
    try {
      const text = await this.#options.fetch(stub.key, topic)
      const [whole] = text === null ? [] : (this.#options.framesOf(text, topic) ?? [])
      if (whole?.type === stub.of) {
        frame = whole
        bytes = text?.length ?? 0
      } else this.#options.counters.largeMessagesMissing++
    } catch {
      this.#options.counters.largeMessagesMissing++
    }
    const queue = this.#waiting.get(stub.callId) ?? []
    this.#waiting.delete(stub.callId)
    deliver(frame, bytes)
    // A queued frame may itself be large and then delays the rest again.
    for (const next of queue) next()
  }
}

/** The frames of a message that was signed for this topic; undefined for anything else. */
export function framesOf(message: unknown, topic: string): readonly Frame[] | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { topic: of, frames } = message as { readonly topic?: unknown; readonly frames?: unknown }
  if (of !== topic || !Array.isArray(frames) || frames.length === 0) return undefined
  const whole = frames.every(
    (frame: unknown) => typeof (frame as { readonly type?: unknown } | null)?.type === 'string',
  )
  return whole ? (frames as readonly Frame[]) : undefined
}
