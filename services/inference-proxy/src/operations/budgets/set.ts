import { serviceSpec } from '@alkdev/contracts'
import type { Budget, BudgetsSetInput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { audit, callerOf } from '@alkdev/service'
import { inTransaction } from '@alkdev/storage'
import { findBudget, setBudget } from '@alkdev/storage/inference'
import type { ProxyContext } from '../../context.ts'
import { requireMayChange, storedSubject } from '../../budgets/budget-rights.ts'
import { budgetView } from '../../budgets/budget-view.ts'

/** `budgets.set` */
export function budgetsSet({ runtime: { db }, budgets }: ProxyContext): IOperationDefinition {
  return {
    ...serviceSpec('budgets.set'),
    async handler(input: BudgetsSetInput, context: OperationContext): Promise<Budget> {
      const { unit, period, limit, model = '', maxOutputTokens = null } = input
      if (unit === 'cost' && period === 'minute')
        throw new CallError('VALIDATION_ERROR', 'Money is limited per day, month or in total.')
      if (unit === 'concurrency' && period !== 'total')
        throw new CallError('VALIDATION_ERROR', 'Calls in flight are limited with period total.')
      const caller = callerOf(context)
      const stored = await inTransaction(db, async (tx) => {
        const { subjectType } = input
        const subjectId = await storedSubject(tx, caller, input)
        const target = { subjectType, subjectId, model, unit, period }
        const former = await findBudget(tx, target)
        if (former !== undefined) await requireMayChange(tx, caller, former)
        const budget = await setBudget(tx, {
          ...target,
          limitAmount: limit,
          maxOutputTokens,
          createdBy: caller.id,
        })
        await audit(tx, context, {
          action: 'budgets.set',
          targetType: 'budget',
          targetId: budget.id,
          ...(subjectType === 'org' && { orgId: subjectId }),
          data: { ...target, limit },
        })
        return budget
      })
      budgets.forget()
      return budgetView(stored)
    },
  }
}
