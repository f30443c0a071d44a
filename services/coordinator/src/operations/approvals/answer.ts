import { serviceSpec } from '@alkdev/contracts'
import type { Approval, ApprovalsAnswerInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { approvalView } from './approval-view.ts'

/** `approvals.answer` */
export function approvalsAnswer({ approvals }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('approvals.answer'),
    async handler(
      { approvalId, ...answer }: ApprovalsAnswerInput,
      context: OperationContext,
    ): Promise<Approval> {
      const caller = callerOf(context)
      // A workflow, a queued call or a spoke with the rights of the account would answer itself.
      if ((context.depth ?? 0) > 0 && caller.sessionId === undefined)
        throw new CallError('ACCESS_DENIED', 'Approvals are not answered from within a call.', {
          approvalId,
        })
      const row = await approvals.answer(caller, approvalId, answer, (tx, { orgId, decision }) =>
        audit(tx, context, {
          action: 'approvals.answered',
          orgId,
          targetType: 'approval',
          targetId: approvalId,
          data: { decision, ...compact({ sessionId: caller.sessionId }) },
        }),
      )
      return approvalView(caller, row)
    },
  }
}
