import { sleep } from '@alkdev/std'

export type Call = () => Promise<unknown>

export interface MeasureOptions {
  /** Calls one after the other. */
  readonly sequential: number
  readonly inFlight: number
  /** Milliseconds of each burst with `inFlight` at a time. */
  readonly burstMs: number
  readonly rounds: number
  /** Milliseconds of the first, uncounted burst: processes that run for days are measured as such, compiled. */
  readonly warmUpMs: number
}

export interface Measured {
  /** Microseconds. */
  readonly p50Us: number
  readonly perSecond: number
  /** As in `Row`. */
  readonly noise: { readonly p50: number; readonly perSecond: number }
}

export const SHORT: MeasureOptions = {
  sequential: 500,
  inFlight: 64,
  burstMs: 1500,
  rounds: 5,
  warmUpMs: 5000,
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Half the distance between the quartiles, by the median; 0 without values. */
export function noiseOf(values: readonly number[]): number {
  const middle = median(values)
  return middle === 0 ? 0 : (percentile(values, 0.75) - percentile(values, 0.25)) / 2 / middle
}

/** What the measurement before left behind (rows to write, garbage) has ended by then, in milliseconds. */
const SETTLE_MS = 500

async function latency(call: Call, count: number): Promise<number> {
  await sleep(SETTLE_MS)
  for (let n = 0; n < count / 4; n++) await call()
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const from = performance.now()
    await call()
    times.push((performance.now() - from) * 1000)
  }
  return median(times)
}

async function throughput(call: Call, inFlight: number, burstMs: number): Promise<number> {
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

/** Turns about, so that what else the machine does meets all of them; the median of the rounds, after a burst that warms up. */
export async function inTurn(
  calls: readonly Call[],
  options: MeasureOptions = SHORT,
): Promise<readonly Measured[]> {
  const all = calls.map(() => ({ p50Us: [] as number[], perSecond: [] as number[] }))
  const { sequential, inFlight, burstMs, rounds, warmUpMs } = options
  for (const call of calls) await throughput(call, inFlight, warmUpMs)
  for (let round = 0; round < rounds; round++)
    for (const [at, call] of calls.entries()) {
      all[at]?.p50Us.push(await latency(call, sequential))
      all[at]?.perSecond.push(await throughput(call, inFlight, burstMs))
    }
  return all.map(({ p50Us, perSecond }) => ({
    p50Us: Math.round(median(p50Us)),
    perSecond: Math.round(median(perSecond)),
    noise: { p50: noiseOf(p50Us), perSecond: noiseOf(perSecond) },
  }))
}
