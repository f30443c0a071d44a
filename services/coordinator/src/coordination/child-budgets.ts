import type { CoordSpawnInput } from '@alkdev/contracts/agents'
import { CodedError } from '@alkdev/errors'
import type { Db } from '@alkdev/storage'
import { findBudget, openBudget, transferBudget } from '@alkdev/storage/inference'
import type { SessionRow } from '@alkdev/storage/sessions'

const UNITS = ['cost', 'tokens'] as const

/**
 * The budgets of a new session, in the transaction that makes it. Each is a part of the budget of the session above it, which it can't exceed. Without a
 * budget of its own a session draws on those above it. Throws BUDGET_EXCEEDED.
 */
export async function openChildBudgets(
  tx: Db,
  child: Pick<SessionRow, 'id' | 'accountId'>,
  parent: SessionRow | undefined,
  asked: CoordSpawnInput['budget'],
): Promise<void> {
  for (const unit of UNITS) {
    const limitAmount = asked?.[unit]
    if (limitAmount === undefined) continue
    const budget = {
      sessionId: child.id,
      unit,
      limitAmount,
      ...(child.accountId !== null && { createdBy: child.accountId }),
    }
    // oxlint-disable-next-line no-await-in-loop -- one connection
    const above = parent && (await budgetOf(tx, parent.id, unit))
    // oxlint-disable-next-line no-await-in-loop -- as above
    await (above === undefined ? openBudget(tx, budget) : transferBudget(tx, above, budget))
  }
  if (asked !== undefined && asked.cost === undefined && asked.tokens === undefined)
    throw new CodedError('VALIDATION_ERROR', 'A budget needs `cost` or `tokens`.')
}

async function budgetOf(
  tx: Db,
  sessionId: string,
  unit: (typeof UNITS)[number],
): Promise<string | undefined> {
  const target = {
    subjectType: 'session',
    subjectId: sessionId,
    model: '',
    unit,
    period: 'total',
  } as const
  return (await findBudget(tx, target))?.id
}
