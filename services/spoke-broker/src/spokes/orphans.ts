import type { SpokeHello } from '@alkdev/contracts'
import type { Connection } from '../connection/connection.ts'
import type { AttachedSpoke } from './attached-spoke.ts'
import type { OutboundCall } from './outbound-call.ts'

interface Waiting {
  readonly calls: OutboundCall[]
  readonly timer: NodeJS.Timeout
}

/** Resumable calls of spokes that lost their socket, kept for a while for the spoke to come back. */
export class Orphans {
  readonly #bySpoke = new Map<string, Waiting>()
  readonly #keptMs: number

  /** `keptMs`: milliseconds after which a call that was not resumed is lost. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  keep(spokeId: string, calls: readonly OutboundCall[]): void {
    if (calls.length === 0) return
    const earlier = this.#take(spokeId)
    const all = [...earlier, ...calls]
    const timer = setTimeout(() => {
      this.#bySpoke.delete(spokeId)
      for (const call of all) call.lost('The spoke did not come back in time.')
    }, this.#keptMs)
    timer.unref()
    this.#bySpoke.set(spokeId, { calls: all, timer })
  }

  /** The spoke is back: what it still works on, or has answered, goes on at its new socket; the rest is lost. Returns the ids that go on. */
  claim(spoke: AttachedSpoke, resume: SpokeHello['resume'], connection: Connection): string[] {
    const calls = this.#take(spoke.facts.spokeId)
    const offered = new Set([...(resume?.inFlight ?? []), ...(resume?.answered ?? [])])
    const resumed: string[] = []
    for (const call of calls) {
      if (!offered.has(call.requestId)) call.lost('The spoke came back without this call.')
      else if (!call.ended) {
        spoke.adopt(call, connection)
        resumed.push(call.requestId)
      }
    }
    return resumed
  }

  /** Nobody waits any longer: this process stops, or the spoke is gone for good. */
  loseAll(reason: string): void {
    for (const spokeId of [...this.#bySpoke.keys()])
      for (const call of this.#take(spokeId)) call.lost(reason)
  }

  lose(spokeId: string, reason: string): void {
    for (const call of this.#take(spokeId)) call.lost(reason)
  }

  #take(spokeId: string): OutboundCall[] {
    const waiting = this.#bySpoke.get(spokeId)
    if (!waiting) return []
    clearTimeout(waiting.timer)
    this.#bySpoke.delete(spokeId)
    return waiting.calls
  }
}
