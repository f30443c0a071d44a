import type { SessionEvent } from '@alkdev/contracts/agents'
import type { TestKey, TestStack } from './test-stack.ts'

/** The events of a session as a client reads them over HTTP. */
export interface WatchedSession {
  readonly events: readonly SessionEvent[]
  /** Of the latest event. */
  readonly position: string
  /** The connection is over. */
  readonly isOver: boolean
  /** Resolves with the first event, from now on or before, that fits; rejects after a minute. */
  until(fits: (event: SessionEvent) => boolean): Promise<SessionEvent>
  cut(): void
}

const PATIENCE_MS = 60_000

/** Watches a session over `GET /api/sessions/{id}/events`. */
export function watchSession(
  hub: Pick<TestStack, 'gateway'>,
  { key }: TestKey,
  sessionId: string,
  after?: string,
): WatchedSession {
  const events: SessionEvent[] = []
  const ending = new AbortController()
  let news = Promise.withResolvers<void>()
  let isOver = false
  void read()
    .catch(() => undefined)
    .finally(() => (isOver = true))
  return {
    events,
    get position() {
      return events.at(-1)?.position ?? ''
    },
    get isOver() {
      return isOver
    },
    async until(fits) {
      const deadline = AbortSignal.timeout(PATIENCE_MS)
      for (;;) {
        const found = events.find((event) => fits(event))
        if (found !== undefined) return found
        deadline.throwIfAborted()
        // oxlint-disable-next-line no-await-in-loop -- until it comes
        await Promise.race([
          news.promise,
          new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve())),
        ])
      }
    },
    cut: () => ending.abort(),
  }

  async function read(): Promise<void> {
    const answer = await fetch(`${hub.gateway}/api/sessions/${sessionId}/events`, {
      headers: {
        authorization: `Bearer ${key}`,
        ...(after !== undefined && { 'last-event-id': after }),
      },
      signal: ending.signal,
    })
    let text = ''
    if (answer.body === null) return
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      // What was read before the cut and not seen yet.
      if (ending.signal.aborted) return
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = text
          .slice(0, end)
          .split('\n')
          .filter((line) => line.startsWith('data: '))
          .map((line) => line.slice(6))
          .join('\n')
        text = text.slice(end + 2)
        if (data === '') continue
        const event = JSON.parse(data) as Partial<SessionEvent>
        if (event.position !== undefined) events.push(event as SessionEvent)
        news.resolve()
        news = Promise.withResolvers<void>()
      }
    }
  }
}
