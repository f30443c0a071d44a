import type { Budget as BudgetView } from '@alkdev/contracts'
import type { Budget } from '@alkdev/storage/inference'

/** A budget as operations show it. What Redis counts has no amounts. */
export function budgetView(budget: Budget): BudgetView {
  const { unit, period, limitAmount, spent, reserved, subtreeSpent } = budget
  const isCounted = period === 'minute' || unit === 'concurrency'
  const { model, maxOutputTokens, parentId, periodStart } = budget
  return {
    budgetId: budget.id,
    subjectType: budget.subjectType,
    subjectId: budget.subjectId,
    ...(model !== '' && { model }),
    unit,
    period,
    limit: limitAmount,
    ...(!isCounted && {
      spent,
      reserved,
      remaining: Math.max(0, limitAmount - spent - reserved),
      subtreeSpent,
      ...(period !== 'total' && { periodStart: periodStart.toISOString() }),
    }),
    ...(maxOutputTokens !== null && { maxOutputTokens }),
    ...(parentId !== null && { parentId }),
    createdAt: budget.createdAt.toISOString(),
  }
}
