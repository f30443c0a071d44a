import type { CallsWatchInput } from '@alkdev/contracts'
import type { ListCalls } from '@alkdev/storage'

type Filters = Omit<CallsWatchInput, 'accountId' | 'orgId' | 'all'>

/** The filters that `calls.list` and `calls.watch` share, as storage names them. */
export function callFilters(input: Filters): ListCalls {
  const { operationId, parentCallId, status, code, sessionId, spokeId } = input
  const { idempotencyKey, minDurationMs, maxDurationMs } = input
  const filters = {
    operationName: operationId,
    parentId: parentCallId,
    status,
    code,
    sessionId,
    spokeId,
    idempotencyKey,
    minDurationMs,
    maxDurationMs,
  }
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as ListCalls
}
