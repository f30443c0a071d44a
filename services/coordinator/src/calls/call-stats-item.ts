import type { CallStats } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { CallStatsGroup } from '@alkdev/storage'

/** Counted calls as the operations show them: durations with three significant digits. */
export function callStatsItem(group: CallStatsGroup): CallStats {
  const { minute, operationName, spokeId, accountId, count, errors } = group
  return {
    ...(minute !== undefined && { minute: minute.toISOString() }),
    ...compact({ operationId: operationName, spokeId, accountId }),
    count,
    errors,
    errorRate: count === 0 ? 0 : Number((errors / count).toFixed(4)),
    p50Ms: Number(group.p50Ms.toPrecision(3)),
    p95Ms: Number(group.p95Ms.toPrecision(3)),
    p99Ms: Number(group.p99Ms.toPrecision(3)),
  }
}
