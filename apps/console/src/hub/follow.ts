import { signal } from '@preact/signals'
import { HubError } from './hub-error.ts'
import type { StreamEvent } from './event-parser.ts'
import { readStream } from './read-stream.ts'

/** Milliseconds between two attempts to connect, at first and at most. */
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 15_000
/** The hub sends a comment at least every 15 s; without a byte for longer than this the connection counts as cut, for instance after sleep. */
const SLEEP_CHECK_MS = 5000
const SLEPT_MS = 20_000

export interface Follow {
  /** Path and query. With `Last-Event-ID` the stream goes on after the last event that was seen. */
  readonly path: string
  onEvent(event: StreamEvent): void
  /** The stream goes on after a gap, or from another moment: what is shown may be old. */
  onGap?(): void
  /** The stream is over, or the hub refuses it permanently. */
  onEnd?(error: HubError | undefined): void
}

/** Are all streams of the page connected? */
export const connected = signal(true)

/**
 * Follows a stream until the returned function is called: connects again after a cut and after the machine slept, and resumes after the last event. An
 * error of the caller (4xx) ends it.
 */
export function follow(options: Follow): () => void {
  const stop = new AbortController()
  let current = new AbortController()
  let tick = Date.now()
  // A timer that comes much too late: the machine slept, and the connection is dead although nothing said so.
  const timer = setInterval(() => {
    const now = Date.now()
    if (now - tick > SLEPT_MS) current.abort()
    tick = now
  }, SLEEP_CHECK_MS)
  stop.signal.addEventListener('abort', () => clearInterval(timer))
  void run()
  return () => stop.abort()

  async function run(): Promise<void> {
    let lastId: string | undefined
    let pauseMs = FIRST_PAUSE_MS
    let wasCut = false
    let openedAt = Infinity
    // Not at the first event: there may be none for a long time, and without an id to resume from, earlier events do not come.
    const onOpen = (): void => {
      connected.value = true
      openedAt = Date.now()
      if (wasCut) options.onGap?.()
      wasCut = false
    }
    while (!stop.signal.aborted) {
      current = new AbortController()
      const signalOf = AbortSignal.any([stop.signal, current.signal])
      try {
        const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
        const stream = readStream(options.path, { signal: signalOf, headers, onOpen })
        for await (const event of stream) {
          lastId = event.id ?? lastId
          options.onEvent(event)
        }
      } catch (error) {
        if (stop.signal.aborted) return
        const failure = current.signal.aborted ? undefined : HubError.from(error)
        if (failure !== undefined && failure.status >= 400 && failure.status < 500) {
          options.onEnd?.(failure)
          return
        }
        if (failure !== undefined) connected.value = false
      }
      if (stop.signal.aborted) return
      wasCut = true
      // One that is cut again and again is asked for less and less often.
      if (Date.now() - openedAt > MAX_PAUSE_MS) pauseMs = FIRST_PAUSE_MS
      openedAt = Infinity
      const pause = pauseMs
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)))
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    }
  }
}
