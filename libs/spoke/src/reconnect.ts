import type { CodedError } from '@alkdev/errors'
import { backoff } from '@alkdev/std'

const firstMs = 100
const longestMs = 10_000

/** Refusals that no retry can change: the key, the right to attach, the name, the operations. */
const final = new Set([
  'UNAUTHENTICATED',
  'ACCESS_DENIED',
  'VALIDATION_ERROR',
  'PAYLOAD_TOO_LARGE',
  'CONFLICT',
])

export function finalFailure(failure: CodedError): boolean {
  return final.has(failure.code)
}

/** Milliseconds until attempt `attempt` (from 0): exponential from 100 ms to 10 s with full jitter, and not less than the hub asks for. */
export function delayAfter(attempt: number, failure: CodedError): number {
  const delayMs = backoff(attempt, { baseMs: firstMs, capMs: longestMs })
  return Math.max(delayMs, failure.retryAfterMs ?? 0)
}
