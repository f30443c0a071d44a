import type { ServiceRuntime } from '@alkdev/service'
import { readSessionPositions } from '@alkdev/storage/sessions'
import { readDeltas } from './delta-stream.ts'
import { nextEvents } from './session-event-views.ts'
import { SessionTail } from './session-tail.ts'

/** Milliseconds between two readings of events of other processes, and for deltas. */
const EVENTS_MS = 200
const DELTAS_MS = 50
/** With more readers than these, the deltas of a step are read only every second time: each reading is an event for each reader. */
const FEW_READERS = 16

type TailsRuntime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'redis' | 'config' | 'logger'>

/** The tails of the sessions that are watched in this process: one for each session, whatever its number of readers. One query looks for the events of all. */
export class SessionTails {
  readonly #runtime: TailsRuntime
  readonly #tails = new Map<string, SessionTail>()
  #events: NodeJS.Timeout | undefined
  #deltas: NodeJS.Timeout | undefined
  #isLooking = false
  #again = false
  #isReading = false
  #isOdd = false

  constructor(runtime: TailsRuntime) {
    this.#runtime = runtime
  }

  get size(): number {
    return this.#tails.size
  }

  /** The tail of a session for one more reader; `seq` is the number of its latest event. */
  join(sessionId: string, seq: number): SessionTail {
    const tail = this.#tails.get(sessionId) ?? new SessionTail(sessionId, seq)
    this.#tails.set(sessionId, tail)
    tail.readers++
    this.#events ??= setInterval(() => void this.look(), EVENTS_MS).unref()
    this.#deltas ??= setInterval(() => void this.#readDeltas(), DELTAS_MS).unref()
    return tail
  }

  leave(tail: SessionTail): void {
    tail.readers--
    if (tail.readers > 0) return
    this.#tails.delete(tail.sessionId)
    if (this.#tails.size === 0) this.close()
  }

  /** Events of a session were stored in this process. */
  onWritten(sessionId: string): void {
    if (this.#tails.has(sessionId)) void this.look()
  }

  close(): void {
    clearInterval(this.#events)
    clearInterval(this.#deltas)
    this.#events = undefined
    this.#deltas = undefined
  }

  /** Looks for new events of all tails. Calls during a look are one further look. */
  async look(): Promise<void> {
    if (this.#isLooking) {
      this.#again = true
      return
    }
    this.#isLooking = true
    try {
      do {
        this.#again = false
        // oxlint-disable-next-line no-await-in-loop -- one look after the other
        await this.#readEvents()
      } while (this.#again)
    } catch (error) {
      this.#runtime.logger.debug({ err: error }, 'events of sessions could not be read')
    } finally {
      this.#isLooking = false
    }
  }

  async #readEvents(): Promise<void> {
    const { db, config } = this.#runtime
    const tails = [...this.#tails.values()]
    if (tails.length === 0) return
    const positions = await readSessionPositions(
      db,
      tails.map(({ sessionId }) => sessionId),
    )
    for (const tail of tails) {
      const seq = positions.get(tail.sessionId)
      if (seq === undefined) {
        tail.isDeleted = true
        tail.wake()
      } else if (seq > tail.seq) {
        // oxlint-disable-next-line no-await-in-loop -- a session in which something happened
        const part = await nextEvents(db, tail.sessionId, tail.seq, config.limits.maxPayloadBytes)
        const { events } = part
        // Nothing is left of those that were pruned.
        const upTo = part.upTo === tail.seq ? seq : part.upTo
        tail.addEvents(events, upTo)
        if (upTo < seq) this.#again = true
      }
    }
  }

  async #readDeltas(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    this.#isOdd = !this.#isOdd
    const { redis, config, logger } = this.#runtime
    try {
      for (const tail of this.#tails.values()) {
        const { stepId, delta } = tail
        if (stepId === undefined || (tail.readers > FEW_READERS && this.#isOdd)) continue
        // oxlint-disable-next-line no-await-in-loop -- sessions with a step that runs
        tail.addDeltas(stepId, await readDeltas(redis, config.redis.prefix, stepId, delta))
      }
    } catch (error) {
      logger.debug({ err: error }, 'deltas of sessions could not be read')
    } finally {
      this.#isReading = false
    }
  }
}
