import { deferred } from '@alkdev/std'
import type { Run } from './run.ts'

/** The runs of this process that have not ended: by call, by spoke, and their number. */
export class ActiveRuns {
  readonly #byCall = new Map<string, Run>()
  readonly #bySpoke = new Map<string, Set<Run>>()
  readonly #all = new Set<Run>()
  #idle: (() => void)[] = []
  readonly #waiting = new Map<Run, (() => void)[]>()
  #bytes = 0

  /** Bytes of their requests. */
  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#all.size
  }

  [Symbol.iterator](): IterableIterator<Run> {
    return this.#all.values()
  }

  /** The run of a call in flight here; the latest of several attempts. */
  of(callId: string): Run | undefined {
    return this.#byCall.get(callId)
  }

  atSpoke(spokeId: string): number {
    return this.#bySpoke.get(spokeId)?.size ?? 0
  }

  ofSpoke(spokeId: string): readonly Run[] {
    return [...(this.#bySpoke.get(spokeId) ?? [])]
  }

  add(run: Run): void {
    this.#all.add(run)
    this.#bytes += run.bytes
    this.#byCall.set(run.call.header.callId, run)
    const { target } = run.call
    if (target.kind !== 'spoke') return
    const same = this.#bySpoke.get(target.spokeId)
    if (same === undefined) this.#bySpoke.set(target.spokeId, new Set([run]))
    else same.add(run)
  }

  delete(run: Run): void {
    if (!this.#all.delete(run)) return
    this.#bytes -= run.bytes
    for (const resolve of this.#waiting.get(run) ?? []) resolve()
    this.#waiting.delete(run)
    const { header, target } = run.call
    const { callId } = header
    if (this.#byCall.get(callId) === run) this.#byCall.delete(callId)
    if (target.kind === 'spoke') {
      const same = this.#bySpoke.get(target.spokeId)
      same?.delete(run)
      if (same?.size === 0) this.#bySpoke.delete(target.spokeId)
    }
    if (this.#all.size > 0) return
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }

  /** Resolves when the run has ended, or after `withinMs`. */
  async whenEnded(run: Run, withinMs: number): Promise<void> {
    if (!this.#all.has(run) || withinMs <= 0) return
    const { promise, resolve } = deferred<void>()
    const timer = setTimeout(resolve, withinMs)
    timer.unref()
    this.#waiting.set(run, [...(this.#waiting.get(run) ?? []), resolve])
    await promise
    clearTimeout(timer)
  }

  /** Resolves when none is left, or when the signal aborts. */
  async whenIdleOr(signal: AbortSignal): Promise<void> {
    if (this.#all.size === 0 || signal.aborted) return
    const { promise, resolve } = deferred<void>()
    this.#idle.push(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
  }
}
