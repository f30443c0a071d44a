import { sleep } from '@alkdev/std'

/** Line ends of all event streams of one service in a second, which are 500 messages as the SDK writes them; beyond them it is not read until the next second. */
const MAX_LINES = 1500
const SECOND_MS = 1000

/**
 * The pace at which the event streams of one MCP server are read. A stream that has arrived is otherwise read to its end at once, and each message is checked: one that
 * sends a hundred thousand would keep the process from everything else for seconds.
 */
export class EventPace {
  #second = Number.NEGATIVE_INFINITY
  #lines = 0

  /** Resolves when `lines` further lines may be read. Those beyond the limit count for the seconds after. */
  async take(lines: number): Promise<void> {
    this.#begin()
    while (this.#lines >= MAX_LINES) {
      // oxlint-disable-next-line no-await-in-loop -- second by second
      await sleep(SECOND_MS - (performance.now() % SECOND_MS))
      this.#begin()
    }
    this.#lines += lines
  }

  #begin(): void {
    const second = Math.floor(performance.now() / SECOND_MS)
    if (second === this.#second) return
    this.#lines = Math.max(0, this.#lines - MAX_LINES * (second - this.#second))
    this.#second = second
  }
}
