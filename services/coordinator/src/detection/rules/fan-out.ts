import type { Rule } from '../session-log.ts'

const MINUTE_MS = 60_000
/** Sessions that were spawned within a minute, and requests that a limit refused. */
const SPAWNS = 12
const REFUSALS = 3

/** It spawns sessions faster than their work could be looked at, or against a limit. */
export const fanOut: Rule = ({ spawns, calls, personAt }) => {
  const refused = calls.filter(
    ({ operation, code, at }) =>
      operation === 'coord.spawn' && code === 'SPAWN_REFUSED' && at >= personAt,
  )
  const most = densest(spawns.filter((at) => at >= personAt))
  if (most >= SPAWNS)
    return { summary: `It spawned ${most} sessions within a minute.`, evidence: { spawns: most } }
  const refusals = densest(refused.map(({ at }) => at))
  if (refusals < REFUSALS) return undefined
  return {
    summary: `It asked ${refusals} times within a minute for sessions that a limit refused.`,
    evidence: { toolCallIds: refused.slice(-20).map(({ id }) => id) },
  }
}

/** The most of the times that are within one minute. */
function densest(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  let from = 0
  let most = 0
  for (const [at, time] of sorted.entries()) {
    while (time - (sorted[from] ?? time) >= MINUTE_MS) from++
    most = Math.max(most, at - from + 1)
  }
  return most
}
