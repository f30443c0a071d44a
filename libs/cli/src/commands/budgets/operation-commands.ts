import type { Budget, BudgetRef } from '@alkdev/contracts'
import { budgetIdOf } from '../../hub/id-resolvers.ts'
import { operationCommand, listCommand } from '../../hub/operation-command.ts'
import { amountText, budgetText, kindsOf, whatText } from './budget-text.ts'

const budget = {
  member: 'budgetId',
  question: 'Which budget?',
  fix: 'Give its id, as `alkhub budgets list` shows it.',
  resolve: budgetIdOf,
} as const

export const list = listCommand<Budget>({
  operationId: 'budgets.list',
  usage: '[options]',
  summary: 'Lists the budgets that you may see: of your account, keys and organizations.',
  inputs: {
    type: {
      type: 'string',
      value: 'TYPE',
      member: 'subjectType',
      summary: 'Only those of a key, account, org, model or session.',
    },
    subject: { type: 'string', value: 'ID', member: 'subjectId', summary: 'Only those of one.' },
  },
  names: (items) => items.flatMap(kindsOf),
  headings: ['budget', 'of', 'name', 'model', 'limit', 'what', 'spent', 'reserved'],
  row: (one, nameOf) => [
    one.budgetId,
    one.subjectType,
    nameOf(one.subjectId),
    one.model,
    amountText(one, one.limit),
    whatText(one),
    amountText(one, one.spent),
    amountText(one, one.reserved),
  ],
  none: 'No budgets.',
})

export const get = operationCommand<Budget>({
  operationId: 'budgets.get',
  usage: 'BUDGET [options]',
  summary: 'Shows one budget and what is spent of it.',
  positionals: [budget],
  names: kindsOf,
  say: budgetText,
})

export const remove = operationCommand<BudgetRef>({
  operationId: 'budgets.delete',
  usage: 'BUDGET [options]',
  summary: 'Removes a budget: it limits no more calls.',
  positionals: [budget],
  say: ({ budgetId }) => `Budget ${budgetId} is removed.`,
})
