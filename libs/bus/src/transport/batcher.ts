import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'

export interface BatcherOptions {
  /** UTF-16 units of the frames of one message; a single frame may be longer. */
  readonly maxUnits: number
  /** Sends frames, each as JSON, as one message. */
  send(topic: string, frames: readonly string[]): Promise<number>
}

interface Group {
  readonly frames: string[]
  units: number
  readonly sent: Deferred<number>
}

/**
 * Collects the frames that one turn of the event loop sends to the same topic into one message: to sign, publish and parse a message costs more
 * than most frames. A turn's messages are sent before the loop waits again, so no frame is delayed. Holds the frames of at most one turn.
 */
export class Batcher {
  readonly #options: BatcherOptions
  readonly #groups = new Map<string, Group>()
  #scheduled = false

  constructor(options: BatcherOptions) {
    this.#options = options
  }

  /** Frames of a topic are sent in the order in which they were added. Settles with the message that contains the frame. */
  add(topic: string, frame: string): Promise<number> {
    let group = this.#groups.get(topic)
    if (group !== undefined && group.units + frame.length > this.#options.maxUnits) {
      this.#send(topic, group)
      group = undefined
    }
    if (group === undefined) {
      group = { frames: [], units: 0, sent: deferred() }
      this.#groups.set(topic, group)
      this.#schedule()
    }
    group.frames.push(frame)
    group.units += frame.length
    return group.sent.promise
  }

  /** Sends the waiting frames now. */
  flush(): void {
    for (const [topic, group] of this.#groups) this.#send(topic, group)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  #send(topic: string, { frames, sent }: Group): void {
    this.#groups.delete(topic)
    try {
      this.#options.send(topic, frames).then(sent.resolve, sent.reject)
    } catch (error) {
      sent.reject(error)
    }
  }
}
