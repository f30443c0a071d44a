import { FINAL } from '../session-log.ts'
import type { Rule } from '../session-log.ts'

const ORPHAN_MS = 60_000

/** The session above has ended, and this one still works. */
export const orphan: Rule = ({ status, now, parent }) => {
  if (parent === undefined || !FINAL.has(parent.status)) return undefined
  if (FINAL.has(status) || status === 'idle') return undefined
  const sinceMs = now - parent.since
  if (sinceMs < ORPHAN_MS) return undefined
  return {
    summary: `The session above it ended ${Math.round(sinceMs / 1000)} s ago (${parent.status}), and it still works.`,
    evidence: { parentStatus: parent.status, sinceMs },
  }
}
