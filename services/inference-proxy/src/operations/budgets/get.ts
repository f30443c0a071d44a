import { serviceSpec } from '@alkdev/contracts'
import type { Budget, BudgetRef } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { callerOf } from '@alkdev/service'
import { getBudget } from '@alkdev/storage/inference'
import type { ProxyContext } from '../../context.ts'
import { budgetNotFound, requireVisible } from '../../budgets/budget-rights.ts'
import { budgetView } from '../../budgets/budget-view.ts'

/** `budgets.get` */
export function budgetsGet({ runtime: { db } }: ProxyContext): IOperationDefinition {
  return {
    ...serviceSpec('budgets.get'),
    async handler({ budgetId }: BudgetRef, context: OperationContext): Promise<Budget> {
      const budget = await getBudget(db, budgetId)
      if (budget === undefined) throw budgetNotFound(budgetId)
      await requireVisible(db, callerOf(context), budget)
      return budgetView(budget)
    },
  }
}
