import { serviceSpec } from '@alkdev/contracts'
import type { ApprovalsListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listApprovals } from '@alkdev/storage'
import { workViewer } from '../../approvals/approval-access.ts'
import type { CoordinatorContext } from '../../context.ts'
import { approvalView } from './approval-view.ts'

/** `approvals.list` */
export function approvalsList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('approvals.list'),
    async handler(input: ApprovalsListInput, context: OperationContext) {
      const caller = callerOf(context)
      const { items, ...rest } = await listApprovals(db, { ...input, viewer: workViewer(caller) })
      return { items: items.map((row) => approvalView(caller, row)), ...rest }
    },
  }
}
