import { serviceSpec } from '@alkdev/contracts'
import type { CallsStatsInput, CallsStatsOutput } from '@alkdev/contracts'
import { callerOf, instantOf } from '@alkdev/service'
import { validationError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { callStatsCountedUntil, databaseNow, readCallStats } from '@alkdev/storage'
import { callStatsItem } from '../../calls/call-stats-item.ts'
import { whoseCalls } from '../../calls/whose-calls.ts'
import type { CoordinatorContext } from '../../context.ts'

const HOUR_MS = 3_600_000
const MAX_DAYS = 31

/** `calls.stats` */
export function callsStats({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.stats'),
    async handler(input: CallsStatsInput, context: OperationContext): Promise<CallsStatsOutput> {
      const { operationId, spokeId, by = ['operation', 'spoke'], stepMinutes = 1 } = input
      const { limit, cursor } = input
      const whose = await whoseCalls(db, callerOf(context), input)
      const { since, until } = windowOf(input, await databaseNow(db))
      const page = await readCallStats(db, {
        ...whose,
        by,
        stepMinutes,
        since,
        until,
        ...compact({ operationName: operationId, spokeId, limit, cursor }),
      })
      const countedUntil = await callStatsCountedUntil(db)
      return {
        ...page,
        items: page.items.map((group) => callStatsItem(group)),
        from: since.toISOString(),
        before: until.toISOString(),
        ...(countedUntil !== undefined && { countedUntil: countedUntil.toISOString() }),
      }
    },
  }
}

/** The time window, by default the last hour. Throws VALIDATION_ERROR for one of more than 31 days. */
function windowOf(
  { from, before }: CallsStatsInput,
  nowMs: number,
): { readonly since: Date; readonly until: Date } {
  const until = before === undefined ? new Date(nowMs) : instantOf('calls.stats', 'before', before)
  const since =
    from === undefined
      ? new Date(until.getTime() - HOUR_MS)
      : instantOf('calls.stats', 'from', from)
  if (until.getTime() - since.getTime() > MAX_DAYS * 24 * HOUR_MS)
    throw validationError('The input of calls.stats', [
      { path: '/from', message: `must be at most ${MAX_DAYS} days before \`before\`` },
    ])
  return { since, until }
}
