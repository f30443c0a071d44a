import { serviceSpec } from '@alkdev/contracts'
import type { BudgetRef } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { audit, callerOf } from '@alkdev/service'
import { inTransaction } from '@alkdev/storage'
import { deleteBudget, getBudget } from '@alkdev/storage/inference'
import type { ProxyContext } from '../../context.ts'
import { budgetNotFound, requireMayChange, requireVisible } from '../../budgets/budget-rights.ts'

/** `budgets.delete` */
export function budgetsDelete({ runtime: { db }, budgets }: ProxyContext): IOperationDefinition {
  return {
    ...serviceSpec('budgets.delete'),
    async handler({ budgetId }: BudgetRef, context: OperationContext): Promise<BudgetRef> {
      const caller = callerOf(context)
      await inTransaction(db, async (tx) => {
        const budget = await getBudget(tx, budgetId)
        if (budget === undefined) throw budgetNotFound(budgetId)
        await requireVisible(tx, caller, budget)
        await requireMayChange(tx, caller, budget)
        if (!(await deleteBudget(tx, budgetId))) throw budgetNotFound(budgetId)
        const { subjectType, subjectId, unit, period } = budget
        await audit(tx, context, {
          action: 'budgets.delete',
          targetType: 'budget',
          targetId: budgetId,
          ...(subjectType === 'org' && { orgId: subjectId }),
          data: { subjectType, subjectId, unit, period },
        })
      })
      budgets.forget()
      return { budgetId }
    },
  }
}
