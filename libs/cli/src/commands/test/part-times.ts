import { cpus } from 'node:os'

/** How long the parts of a run take, and how busy the processors of the machine are meanwhile. */
export class PartTimes {
  readonly #from = used()
  readonly #parts: string[] = []

  /** Settles as the work does. */
  async measure<T>(name: string, work: Promise<T>): Promise<T> {
    const from = performance.now()
    try {
      return await work
    } finally {
      this.#parts.push(`${name} ${Math.round((performance.now() - from) / 1000)} s`)
    }
  }

  /** A line with the seconds of the parts that have ended, and the share of all processors since the beginning that was used, by this run or others. */
  line(): string {
    const { busyMs, allMs } = used()
    const share = (busyMs - this.#from.busyMs) / Math.max(1, allMs - this.#from.allMs)
    return `${this.#parts.join(', ')}; processors busy for ${Math.round(100 * share)} % of the time\n`
  }
}

/** Milliseconds of all processors since the machine started. */
function used(): { readonly busyMs: number; readonly allMs: number } {
  let [busyMs, allMs] = [0, 0]
  for (const { times } of cpus()) {
    const { idle, ...busy } = times
    const sum = Object.values(busy).reduce((ms, one) => ms + one, 0)
    busyMs += sum
    allMs += sum + idle
  }
  return { busyMs, allMs }
}
