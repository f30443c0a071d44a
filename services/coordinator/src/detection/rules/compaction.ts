import type { Rule } from '../session-log.ts'

/** Summaries with no successful call between the first and the last of them. */
const COMPACTIONS = 2

/** The conversation is made shorter again before anything was done since the last time. */
export const compactionWithoutProgress: Rule = ({ compactions, calls, personAt }) => {
  const times = compactions.filter((at) => at >= personAt).toSorted((a, b) => a - b)
  for (let at = COMPACTIONS - 1; at < times.length; at++) {
    const from = times[at - COMPACTIONS + 1] ?? 0
    const to = times[at] ?? 0
    const isProgress = calls.some(
      ({ endedAt, failed }) => endedAt !== undefined && !failed && endedAt > from && endedAt <= to,
    )
    if (!isProgress)
      return {
        summary: 'Its conversation was made shorter twice, and no call succeeded in between.',
        evidence: { compactions: times.map((time) => new Date(time).toISOString()).slice(-10) },
      }
  }
  return undefined
}
