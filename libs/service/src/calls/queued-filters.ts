import type { CallsDeadLettersInput } from '@alkdev/contracts'
import { instantOf } from '../operations/instant-of.ts'
import { compact } from '@alkdev/std'
import type { ListQueuedCalls } from '@alkdev/storage/queue'

type Filters = Pick<
  CallsDeadLettersInput,
  'operationId' | 'code' | 'idempotencyKey' | 'from' | 'before'
>

/** The filters that the lists of queued calls share, as storage names them. Throws VALIDATION_ERROR. */
export function queuedFilters(
  operationId: string,
  input: Filters,
): Omit<ListQueuedCalls, 'accountId'> {
  const { operationId: operationName, code, idempotencyKey, from, before } = input
  return {
    ...compact({ operationName, code, idempotencyKey }),
    ...(from !== undefined && { since: instantOf(operationId, 'from', from) }),
    ...(before !== undefined && { until: instantOf(operationId, 'before', before) }),
  }
}
