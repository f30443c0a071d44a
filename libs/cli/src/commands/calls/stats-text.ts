import type { CallStats } from '@alkdev/contracts'
import { durationText } from './call-text.ts'

/** `0 %`, `0.4 %`, `12 %`. */
export function percentText(share: number): string {
  const percent = share * 100
  return `${percent > 0 && percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`
}

/** Headings of `numbersOf`. */
export const NUMBER_HEADINGS = ['errors', 'p50', 'p95', 'p99'] as const

/** Share of errors and durations of counted calls, for a table. */
export function numbersOf({ errorRate, p50Ms, p95Ms, p99Ms }: CallStats): readonly string[] {
  return [percentText(errorRate), ...[p50Ms, p95Ms, p99Ms].map((ms) => durationText(ms))]
}
