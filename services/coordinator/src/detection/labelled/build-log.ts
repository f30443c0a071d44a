import type { DetectionKind } from '../detect.ts'
import type { LoggedCall, SessionLog } from '../session-log.ts'

/** A log with what a person would say of it. */
export interface LabelledLog {
  readonly name: string
  readonly kinds: readonly DetectionKind[]
  readonly log: SessionLog
}

export const SECOND = 1000
export const MINUTE = 60_000
/** The present of all logs. */
export const NOW = Date.UTC(2026, 10, 29, 12)

/** A call of a log: `[operation, input, result]`, and what is not the rule. */
export interface Did {
  readonly op: string
  readonly input?: string
  readonly result?: string
  readonly failed?: boolean
  readonly changes?: boolean
  readonly poll?: boolean
  readonly code?: string
  /** Milliseconds that it took; null while it runs. */
  readonly took?: number | null
}

const CHANGING = new Set(['fs.write', 'fs.edit', 'git.commit', 'shell.run', 'coord.spawn'])

/** Calls one after the other, `everyMs` apart, the last one at `end`. */
export function did(
  list: readonly Did[],
  everyMs = 20 * SECOND,
  end = NOW - 5 * SECOND,
): LoggedCall[] {
  return list.map((one, index) => {
    const at = end - (list.length - 1 - index) * everyMs
    const took = one.took === undefined ? 2 * SECOND : one.took
    return {
      id: `call-${index}`,
      at,
      endedAt: took === null ? undefined : at + took,
      operation: one.op,
      input: one.input ?? '{}',
      result: took === null ? undefined : (one.result ?? `result-${index}`),
      failed: one.failed ?? false,
      changes: one.changes ?? CHANGING.has(one.op),
      poll: one.poll,
      code: one.code,
    }
  })
}

export const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))

/** `perMinute` tokens in each of the minutes from `from` to `to` before now. */
export const burn = (perMinute: number, from: number, to = 0) =>
  times(from - to, (at) => ({ at: NOW - (from - at) * MINUTE + 1, tokens: perMinute }))

export function log(more: Partial<SessionLog> = {}): SessionLog {
  return {
    sessionId: 'session',
    now: NOW,
    status: 'running',
    progressAt: NOW - 5 * SECOND,
    personAt: NOW - 10 * 60 * MINUTE,
    calls: [],
    steps: [],
    compactions: [],
    spawns: [],
    liveChildren: 0,
    touches: [],
    changed: [],
    ...more,
  }
}
