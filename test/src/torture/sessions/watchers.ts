import type { SessionEvent } from '@alkdev/contracts/agents'
import { watchSession } from '../../watch-session.ts'

export interface Watcher {
  /** What it got, over all of its connections. */
  readonly events: () => readonly SessionEvent[]
  /** Resolves with the first event that fits; rejects after two minutes without one. */
  until(fits: (event: SessionEvent) => boolean): Promise<void>
  close(): void
}

const PATIENCE_MS = 120_000

/** Watches a session; after each `cutEvery` events its connection is cut. A connection that has ended is followed by one that goes on at its position. */
export function watchWithCuts(
  gateway: string,
  key: string,
  sessionId: string,
  cutEvery = Infinity,
): Watcher {
  const open = (after?: string) =>
    watchSession({ gateway }, { key } as never, sessionId, ...(after === undefined ? [] : [after]))
  const before: SessionEvent[] = []
  let current = open()
  const timer = setInterval(() => {
    if (current.events.length < cutEvery && !current.isOver) return
    const after = current.position === '' ? before.at(-1)?.position : current.position
    current.cut()
    before.push(...current.events)
    current = open(after)
  }, 50)
  const events = (): readonly SessionEvent[] => [...before, ...current.events]
  return {
    events,
    async until(fits) {
      const deadline = Date.now() + PATIENCE_MS
      while (!events().some((event) => fits(event))) {
        if (Date.now() > deadline)
          throw new Error(`no such event; the latest: ${JSON.stringify(events().slice(-5))}`)
        // oxlint-disable-next-line no-await-in-loop -- until it comes
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    close() {
      clearInterval(timer)
      current.cut()
    },
  }
}

/** The text of the latest step as a client joins it from its pieces alone. */
export function joinedText(events: readonly SessionEvent[]): string {
  let text = ''
  for (const event of events) {
    if (event.type === 'step.started' || event.type === 'step.reset') text = ''
    if (event.type === 'snapshot') text = event.running?.text ?? ''
    if (event.type === 'step.delta' && event.kind === 'text') text += event.text ?? ''
  }
  return text
}

/** Positions of stored events that came twice, or not in their order. */
export function misplaced(events: readonly SessionEvent[]): number[] {
  const seqs = events
    .filter(({ at }) => at !== undefined)
    .map(({ position }) => Number.parseInt(position))
  return seqs.filter((seq, at) => at > 0 && seq <= (seqs[at - 1] ?? 0))
}
