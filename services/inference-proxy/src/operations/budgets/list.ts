import { serviceSpec } from '@alkdev/contracts'
import type { BudgetsListInput } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { callerOf } from '@alkdev/service'
import { listBudgets } from '@alkdev/storage/inference'
import type { ProxyContext } from '../../context.ts'
import { visibleSubjects } from '../../budgets/budget-rights.ts'
import { budgetView } from '../../budgets/budget-view.ts'

/** `budgets.list` */
export function budgetsList({ runtime: { db } }: ProxyContext): IOperationDefinition {
  return {
    ...serviceSpec('budgets.list'),
    async handler(input: BudgetsListInput, context: OperationContext) {
      const subjects = await visibleSubjects(db, callerOf(context))
      const page = await listBudgets(db, { ...input, ...(subjects && { subjects }) })
      return { ...page, items: page.items.map((budget) => budgetView(budget)) }
    },
  }
}
