import { serviceSpec } from '@alkdev/contracts'
import type { Approval, ApprovalRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getApproval } from '@alkdev/storage'
import { maySeeApproval, relationOf } from '../../approvals/approval-access.ts'
import { approvalNotFound } from '../../approvals/approval-errors.ts'
import type { CoordinatorContext } from '../../context.ts'
import { approvalView } from './approval-view.ts'

/** `approvals.get` */
export function approvalsGet({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('approvals.get'),
    async handler({ approvalId }: ApprovalRef, context: OperationContext): Promise<Approval> {
      const caller = callerOf(context)
      const row = await getApproval(db, approvalId)
      if (row === undefined) throw approvalNotFound(approvalId)
      if (!maySeeApproval(caller, row, await relationOf(db, caller, row)))
        throw approvalNotFound(approvalId)
      return approvalView(caller, row)
    },
  }
}
