import type { Budget } from '@alkdev/contracts'
import type { NamedKind, NameOf } from '../../hub/names.ts'
import { facts } from '../../hub/operation-command.ts'
import { dollars } from '../../input/money.ts'

type Shown = Pick<Budget, 'unit' | 'period'>

/** An amount of a budget in its unit; empty when there is none. */
export function amountText({ unit }: Shown, amount: number | undefined): string {
  if (amount === undefined) return ''
  return unit === 'cost' ? dollars(amount) : String(amount)
}

/** `cost a day`, `tokens in total`, `calls in flight`. */
export function whatText({ unit, period }: Shown): string {
  if (unit === 'concurrency') return 'calls in flight'
  return period === 'total' ? `${unit} in total` : `${unit} a ${period}`
}

/** The kinds of subjects that have names. */
const KIND_OF: Readonly<Record<string, NamedKind>> = {
  key: 'api_key',
  account: 'account',
  org: 'organization',
}

/** The kinds whose names a budget shows. */
export function kindsOf({ subjectType }: Budget): readonly NamedKind[] {
  const kind = KIND_OF[subjectType]
  return kind === undefined ? [] : [kind]
}

/** The properties of a budget, one per line. */
export function budgetText(budget: Budget, nameOf: NameOf): string {
  const { subjectType, subjectId, model, limit, spent, reserved } = budget
  return facts({
    budget: budget.budgetId,
    of: `${subjectType} ${nameOf(subjectId)}`,
    model,
    limit: `${amountText(budget, limit)} ${whatText(budget)}`,
    spent: amountText(budget, spent),
    reserved: amountText(budget, reserved),
  })
}
