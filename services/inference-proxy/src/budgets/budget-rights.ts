import type { BudgetsSetInput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { findApiKeysByOwner, findKeyHolder, getRequestLimits, isActiveAdmin } from '@alkdev/storage'
import { sessionExists } from '@alkdev/storage/inference'
import type { Db } from '@alkdev/storage'
import type { Budget, ListBudgets } from '@alkdev/storage/inference'

export function budgetNotFound(budgetId: string): CallError {
  return new CallError('BUDGET_NOT_FOUND', `There is no budget ${budgetId} that you may see.`)
}

function subjectNotFound({ subjectType, subjectId }: BudgetsSetInput): CallError {
  return new CallError('SUBJECT_NOT_FOUND', `There is no ${subjectType} ${subjectId}.`)
}

/** The subjects whose budgets the caller may see; undefined: all. */
export async function visibleSubjects(
  db: Db,
  caller: Identity,
): Promise<ListBudgets['subjects'] | undefined> {
  if (await isActiveAdmin(db, caller.id)) return undefined
  const keys = await findApiKeysByOwner(db, caller.id)
  return [
    ['account', [caller.id]],
    ['key', keys.map(({ id }) => id)],
    ['org', caller.orgIds ?? []],
  ]
}

/** Throws BUDGET_NOT_FOUND for a budget that the caller may not see. */
export async function requireVisible(db: Db, caller: Identity, budget: Budget): Promise<void> {
  const subjects = await visibleSubjects(db, caller)
  const isSeen = subjects?.some(
    ([type, ids]) => type === budget.subjectType && ids.includes(budget.subjectId),
  )
  if (isSeen === false) throw budgetNotFound(budget.id)
}

/**
 * The id that a subject is stored by: a key counts together with those that it was rotated from. Throws SUBJECT_NOT_FOUND when there is
 * none, or the caller may not know of it.
 */
export async function storedSubject(
  db: Db,
  caller: Identity,
  input: BudgetsSetInput,
): Promise<string> {
  const { subjectType, subjectId } = input
  const isAdmin = await isActiveAdmin(db, caller.id)
  if (subjectType === 'key') {
    const holder = await findKeyHolder(db, subjectId)
    if (holder && (isAdmin || holder.key.ownerId === caller.id)) return holder.countedAs
    throw subjectNotFound(input)
  }
  if (!isAdmin) throw onlyAdmins()
  if (subjectType === 'model') {
    if (/^[^/\s]+\/\S+$/.test(subjectId)) return subjectId
    throw subjectNotFound(input)
  }
  if (subjectType === 'session') {
    if (await sessionExists(db, subjectId)) return subjectId
    throw subjectNotFound(input)
  }
  const of = subjectType === 'org' ? 'organization' : subjectType
  const known = await getRequestLimits(db, { of, id: subjectId })
  if (known === undefined) throw subjectNotFound(input)
  return subjectId
}

/** Throws ACCESS_DENIED unless the caller is an admin, or set the budget itself for a key of its own. */
export async function requireMayChange(
  db: Db,
  caller: Identity,
  budget: Pick<Budget, 'subjectType' | 'createdBy'>,
): Promise<void> {
  if (budget.subjectType === 'key' && budget.createdBy === caller.id) return
  if (!(await isActiveAdmin(db, caller.id))) throw onlyAdmins()
}

function onlyAdmins(): CallError {
  return new CallError(
    'ACCESS_DENIED',
    'Only an account whose access level is admin may do this.',
    {
      accessLevel: 'admin',
    },
  )
}
