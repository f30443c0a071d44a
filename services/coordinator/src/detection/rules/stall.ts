import type { Rule } from '../session-log.ts'

/** Milliseconds without anything of the model, while neither a tool nor a child runs. */
const STALL_MS = 180_000

/** A turn runs, and nothing happens in it. */
export const stall: Rule = ({ status, now, progressAt, calls, liveChildren }) => {
  if (status !== 'running' || liveChildren > 0) return undefined
  if (calls.some(({ endedAt }) => endedAt === undefined)) return undefined
  const idleMs = now - progressAt
  if (idleMs < STALL_MS) return undefined
  return {
    summary: `Its turn runs, and nothing has happened for ${Math.round(idleMs / 1000)} s.`,
    evidence: { idleMs, progressAt: new Date(progressAt).toISOString() },
  }
}
