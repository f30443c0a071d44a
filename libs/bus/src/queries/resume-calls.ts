import type { Broadcast } from '../broadcast.ts'
import type { ResumedCall } from '../provided-call.ts'
import type { Run } from '../provider/run.ts'
import type { AttemptId } from '../wire/frames.ts'

/** How long the callers' instances have to send the attempts that they still wait for. */
const REPLY_MS = 1000
/** Attempts in one query, so that it stays below the size at which a message is stored for one receiver. */
const BATCH = 500

interface Wanted {
  readonly spokeId: string
  readonly keys: ReadonlySet<string>
  readonly found: ResumedCall[]
}

/** Finds the callers of the calls that a spoke kept over a reconnect, and takes the calls over from their former instances. */
export class ResumeCalls {
  readonly #broadcast: Broadcast
  readonly #wanted = new Set<Wanted>()

  constructor(broadcast: Broadcast) {
    this.#broadcast = broadcast
  }

  async resume(
    spokeId: string,
    epoch: number,
    calls: readonly { readonly callId: string; readonly attempt: number }[],
  ): Promise<readonly ResumedCall[]> {
    const attempts = calls.map(({ callId, attempt }): AttemptId => [callId, attempt])
    const keys = new Set(attempts.map(([callId, attempt]) => `${callId}:${attempt}`))
    const wanted: Wanted = { spokeId, keys, found: [] }
    this.#wanted.add(wanted)
    try {
      const queries: Promise<unknown>[] = []
      for (let at = 0; at < attempts.length; at += BATCH) {
        const batch = attempts.slice(at, at + BATCH)
        const query = { kind: 'resume', spokeId, epoch, attempts: batch } as const
        // An instance sends its requests before its reply.
        queries.push(this.#broadcast.ask(query, REPLY_MS, () => false))
      }
      await Promise.all(queries)
      return wanted.found
    } finally {
      this.#wanted.delete(wanted)
    }
  }

  /** A caller dispatches its attempt to this instance again. If no resume request waits for it, the run is failed as lost. */
  onResumed(run: Run): void {
    const { header, attempt, target } = run.call
    for (const { spokeId, keys, found } of this.#wanted) {
      if (target.kind !== 'spoke' || target.spokeId !== spokeId) continue
      if (!keys.has(`${header.callId}:${attempt}`)) continue
      const { sent: received, upTo } = run.window
      const room = run.window.room() ?? Promise.resolve()
      found.push({ call: run.call, sink: run, received, upTo, room })
      return
    }
    run.lost('the resume request for its spoke has ended')
  }
}
