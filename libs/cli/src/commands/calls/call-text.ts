import type { CallSummary } from '@alkdev/contracts'

/** Enough of a call id to find the call again: its time and 12 random bits. */
const SHORT_ID = 18

/** The beginning of a call id that the other commands take. */
export function shortId(callId: string): string {
  return callId.slice(0, SHORT_ID)
}

/** `12 ms`, `3.4 s`, `2 min`. */
export function durationText(ms: number | undefined): string {
  if (ms === undefined) return ''
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}

/** The code of a failure, else `completed`, `aborted` or `running`. */
export function outcomeOf({ status, code }: Pick<CallSummary, 'status' | 'code'>): string {
  return status === 'failed' ? (code ?? status) : status
}
