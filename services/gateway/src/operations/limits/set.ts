import { serviceSpec } from '@alkdev/contracts'
import type { LimitsOutput, LimitsSetInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getRequestLimits, inTransaction, setRequestLimits } from '@alkdev/storage'
import type { StoredLimits } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { requireAdmin } from '../require-admin.ts'
import { subjectNotFound, subjectOf } from './subject-of.ts'
import { subjectView } from './get.ts'

type Change = Omit<LimitsSetInput, 'keyId' | 'accountId' | 'orgId'>

/** Given values replace stored ones; null removes a value. Null when none is left. */
function changed(former: StoredLimits, change: Change): StoredLimits | null {
  const limits = Object.entries({ ...former, ...change }).filter(([, value]) => value !== null)
  return limits.length === 0 ? null : (Object.fromEntries(limits) as StoredLimits)
}

/** `limits.set`: takes effect within a second, as every process drops the cached keys concerned. */
export function limitsSet({ runtime: { db }, limiter }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('limits.set'),
    async handler(
      { keyId, accountId, orgId, ...change }: LimitsSetInput,
      context: OperationContext,
    ): Promise<LimitsOutput> {
      const subject = subjectOf(compact({ keyId, accountId, orgId }))
      if (subject === undefined)
        throw new CallError('VALIDATION_ERROR', 'One of keyId, accountId and orgId must be given.')
      if (
        subject.of !== 'account' &&
        (change.queuedAtATime !== undefined || change.queuedPerSecond !== undefined)
      )
        throw new CallError('VALIDATION_ERROR', 'Queued calls are limited for an account alone.', {
          path: change.queuedAtATime === undefined ? '/queuedPerSecond' : '/queuedAtATime',
        })
      await inTransaction(db, async (tx) => {
        await requireAdmin(tx, callerOf(context))
        const former = await getRequestLimits(tx, subject)
        if (former === undefined) throw subjectNotFound(subject)
        await audit(tx, context, {
          action: 'limits.set',
          targetType: subject.of,
          targetId: subject.id,
          ...(subject.of === 'organization' && { orgId: subject.id }),
          data: { ...change },
        })
        await setRequestLimits(tx, subject, changed(former ?? {}, change))
      })
      return subjectView(db, limiter, subject)
    },
  }
}
