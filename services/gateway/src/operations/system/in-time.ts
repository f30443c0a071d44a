import { withTimeout } from '@alkdev/std'

/** Milliseconds for the database or Redis to answer. */
const ANSWER_MS = 2000

/** What the work gives; undefined when it fails or takes too long. */
export function inTime<T>(what: string, work: Promise<T>): Promise<T | undefined> {
  return withTimeout(work, { ms: ANSWER_MS, what }).catch(() => undefined)
}

/** Milliseconds with one decimal. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 10) / 10
}
