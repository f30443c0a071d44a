import { signal } from '@preact/signals'
import { HubError } from './hub-error.ts'
import type { StreamEvent } from './event-parser.ts'
import { readStream } from './read-stream.ts'
import { isHidden, whenVisible, whileHidden } from './visible.ts'

/** Milliseconds between two attempts to connect, at first and at most. */
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 15_000
const CHECK_MS = 5000
/** A timer that comes this much too late: the machine slept, and the connection is dead although nothing said so. */
const SLEPT_MS = 20_000
/** The hub sends a comment at least every 15 s; without a byte for three of them the connection counts as cut. */
const SILENT_MS = 45_000
/**
 * Milliseconds for which a hidden page keeps its streams. Over HTTP/1.1 a browser opens six connections to one host for all of its tabs: with streams
 * in six tabs no further request would be sent.
 */
const HIDDEN_MS = 10_000

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
 * Follows a stream until the returned function is called: connects again after a cut, after silence and after the machine slept, and resumes after the
 * last event. While the page is hidden it is not followed; when it is seen again, the stream goes on as after a cut. An error of the caller (4xx) ends
 * it.
 */
export function follow(options: Follow): () => void {
  const stop = new AbortController()
  let current = new AbortController()
  let tick = Date.now()
  let heardAt = Date.now()
  let isPaused = false
  const timer = setInterval(() => {
    const now = Date.now()
    const isSilent = now - heardAt > SILENT_MS && !isPaused
    if (isSilent) connected.value = false
    if (now - tick > SLEPT_MS || isSilent) current.abort()
    tick = now
  }, CHECK_MS)
  const stopWatching = whileHidden(HIDDEN_MS, () => {
    isPaused = true
    current.abort()
  })
  stop.signal.addEventListener('abort', () => {
    clearInterval(timer)
    stopWatching()
  })
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
    const onBytes = (): void => {
      heardAt = Date.now()
    }
    for (;;) {
      // A tab that is opened behind others connects when it is seen; what it has read may be old by then.
      if (isHidden()) wasCut = true
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      await whenVisible(stop.signal)
      if (stop.signal.aborted) return
      isPaused = false
      current = new AbortController()
      onBytes()
      const signalOf = AbortSignal.any([stop.signal, current.signal])
      try {
        const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
        const stream = readStream(options.path, { signal: signalOf, headers, onOpen, onBytes })
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
      wasCut = true
      if (isPaused) continue
      // One that is cut again and again is asked for less and less often.
      if (Date.now() - openedAt > MAX_PAUSE_MS) pauseMs = FIRST_PAUSE_MS
      openedAt = Infinity
      const pause = pauseMs
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)))
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    }
  }
}
