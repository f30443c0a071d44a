export type Call = () => Promise<unknown>

export interface MeasureOptions {
  /** Calls one after the other. */
  readonly sequential: number
  readonly inFlight: number
  /** Milliseconds of each burst with `inFlight` at a time. */
  readonly burstMs: number
  readonly rounds: number
}

export interface Measured {
  /** Microseconds. */
  readonly p50Us: number
  readonly perSecond: number
}

export const SHORT: MeasureOptions = { sequential: 500, inFlight: 64, burstMs: 1500, rounds: 3 }

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

async function latency(call: Call, count: number): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const from = performance.now()
    await call()
    times.push((performance.now() - from) * 1000)
  }
  return median(times)
}

async function throughput(call: Call, { inFlight, burstMs }: MeasureOptions): Promise<number> {
  const from = performance.now()
  const until = from + burstMs
  let ended = 0
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      await call()
      ended += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (ended * 1000) / (performance.now() - from)
}

/** Turns about, so that what else the machine does meets all of them; the median of the rounds after one that warms up. */
export async function inTurn(
  calls: readonly Call[],
  options: MeasureOptions = SHORT,
): Promise<readonly Measured[]> {
  const all = calls.map(() => ({ p50Us: [] as number[], perSecond: [] as number[] }))
  for (let round = 0; round <= options.rounds; round++)
    for (const [at, call] of calls.entries()) {
      const p50Us = await latency(call, options.sequential)
      const perSecond = await throughput(call, options)
      if (round === 0) continue
      all[at]?.p50Us.push(p50Us)
      all[at]?.perSecond.push(perSecond)
    }
  return all.map(({ p50Us, perSecond }) => ({
    p50Us: Math.round(median(p50Us)),
    perSecond: Math.round(median(perSecond)),
  }))
}
