import type { Rule, SessionLog } from '../session-log.ts'

const MINUTE_MS = 60_000
const RECENT_MINUTES = 5
/** Minutes with use that are needed before the recent ones are compared with them. */
const KNOWN_MINUTES = 10
const TIMES_MEDIAN = 5
/** Tokens of a minute below which no rate is remarkable. */
const LEAST_PER_MINUTE = 20_000
/** Minutes for which the budget would still last. */
const LASTS_MINUTES = 2

/** It uses tokens much faster than before, or so fast that its budget is about to end. */
export const burnRate: Rule = (log) => {
  const { recent, before } = minutesOf(log)
  if (recent < LEAST_PER_MINUTE) return undefined
  const median = before.toSorted((a, b) => a - b)[Math.floor(before.length / 2)] ?? 0
  if (before.length >= KNOWN_MINUTES && recent > TIMES_MEDIAN * median)
    return {
      summary: `It uses ${Math.round(recent)} tokens a minute; before it used ${Math.round(median)}.`,
      evidence: { recent, median },
    }
  const { budget } = log
  if (budget === undefined || budget.used >= budget.limit) return undefined
  const lastsMinutes = (budget.limit - budget.used) / recent
  if (lastsMinutes >= LASTS_MINUTES) return undefined
  return {
    summary: `It uses ${Math.round(recent)} tokens a minute; its budget lasts ${lastsMinutes.toFixed(1)} minutes more.`,
    evidence: { recent, left: budget.limit - budget.used },
  }
}

/** Tokens of a minute on average lately, and of each earlier minute in which some were used. */
function minutesOf({ steps, now }: SessionLog): { recent: number; before: number[] } {
  const used = new Map<number, number>()
  let recent = 0
  for (const { at, tokens } of steps) {
    const age = Math.floor((now - at) / MINUTE_MS)
    if (age < RECENT_MINUTES) recent += tokens
    else used.set(age, (used.get(age) ?? 0) + tokens)
  }
  return { recent: recent / RECENT_MINUTES, before: [...used.values()] }
}
