import { serviceSpec } from '@alkdev/contracts'
import type { CallsListInput } from '@alkdev/contracts'
import { callerOf, callSummary, instantOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listCalls } from '@alkdev/storage'
import { callFilters } from '../../calls/call-filters.ts'
import { whoseCalls } from '../../calls/whose-calls.ts'
import type { CoordinatorContext } from '../../context.ts'

/** `calls.list` */
export function callsList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.list'),
    async handler(input: CallsListInput, context: OperationContext) {
      const { from, before, idPrefix, exceptKeyId, limit, cursor } = input
      const page = await listCalls(db, {
        ...callFilters(input),
        ...(await whoseCalls(db, callerOf(context), input)),
        ...compact({ idPrefix, exceptKeyId }),
        ...(from !== undefined && { since: instantOf('calls.list', 'from', from) }),
        ...(before !== undefined && { until: instantOf('calls.list', 'before', before) }),
        ...compact({ limit, cursor }),
      })
      return { ...page, items: page.items.map((call) => callSummary(call)) }
    },
  }
}
