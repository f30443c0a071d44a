import type { ClaimedCall } from '@alkdev/storage/queue'
import type { RetryDecision } from './retry-policy.ts'

/**
 * What becomes of a call whose attempt in this process was aborted by a restart: it is made again, also when it was the last one allowed. An operation that
 * must not be repeated ends as lost. The attempt is not counted, but for the only one: a call without attempts counts as one of which nothing ran.
 */
export function outcomeOfDrained(
  { retry, attempts }: Pick<ClaimedCall, 'retry' | 'attempts'>,
  decided: RetryDecision,
): RetryDecision {
  if (retry === 'never' || decided.kind === 'retry') return decided
  const uncounted = decided.ran === 'no' || attempts > 1
  return { kind: 'retry', delayMs: 0, uncounted, error: decided.error }
}
