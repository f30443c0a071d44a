import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

export const BudgetSubjectType = oneOf(['key', 'account', 'org', 'model', 'session'])

const ModelName = Type.String({
  pattern: namedPattern('^[^/\\s]+/\\S+$', 'must be `provider/model`'),
  maxLength: 512,
  description: '`provider/model`: counts the calls of this model only.',
})
const SubjectId = Type.String({
  minLength: 1,
  maxLength: 512,
  description: 'The id of the key, account, organization or session; of a model: `provider/model`.',
})
const Amount = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000_000 })

const what = {
  subjectType: BudgetSubjectType,
  subjectId: SubjectId,
  model: Type.Optional(ModelName),
  unit: oneOf(['requests', 'tokens', 'cost', 'concurrency']),
  period: oneOf(['minute', 'day', 'month', 'total']),
}

/** A limit on the use of models, and what is used of it. */
export const Budget = Type.Object({
  budgetId: Uuid,
  subjectType: BudgetSubjectType,
  subjectId: Type.String(),
  model: Type.Optional(Type.String()),
  unit: oneOf(['requests', 'tokens', 'cost', 'concurrency']),
  period: oneOf(['minute', 'day', 'month', 'total']),
  limit: Type.Integer({
    description: 'Requests, tokens, calls in flight, or millionths of a US dollar.',
  }),
  spent: Type.Optional(
    Type.Integer({
      description: 'Of ended calls in this period. Absent for limits that Redis counts.',
    }),
  ),
  reserved: Type.Optional(
    Type.Integer({ description: 'The worst case of calls in flight, and budgets below.' }),
  ),
  remaining: Type.Optional(Type.Integer()),
  subtreeSpent: Type.Optional(
    Type.Integer({ description: 'Of this budget and all below it, since it was opened.' }),
  ),
  maxOutputTokens: Type.Optional(Type.Integer()),
  parentId: Type.Optional(Uuid),
  periodStart: Type.Optional(Timestamp),
  createdAt: Timestamp,
})
export type Budget = Static<typeof Budget>

export const BudgetsSetInput = Type.Object(
  {
    ...what,
    limit: Amount,
    maxOutputTokens: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000_000,
        description: 'Output tokens of a call that sets no limit itself.',
      }),
    ),
  },
  closed,
)
export type BudgetsSetInput = Static<typeof BudgetsSetInput>

export const BudgetsListInput = Type.Object(
  {
    subjectType: Type.Optional(BudgetSubjectType),
    subjectId: Type.Optional(SubjectId),
    ...pageInput,
  },
  closed,
)
export type BudgetsListInput = Static<typeof BudgetsListInput>

export const BudgetRef = Type.Object({ budgetId: Uuid }, closed)
export type BudgetRef = Static<typeof BudgetRef>

const BUDGET_NOT_FOUND = notFound('BUDGET_NOT_FOUND', 'budget')

export const budgetsOperations: readonly ServiceOperation[] = [
  {
    service: 'inference-proxy',
    spec: mutation('budgets.set', {
      title: 'Set a budget',
      description:
        'Limits what a key, account, organization, model or session may use of models: requests, tokens or money (`cost`, in millionths of a US dollar) per minute, day, month (UTC) or in total, or calls in flight (`concurrency` with `total`). There is one budget for each subject, model, unit and period; setting it again changes its limit and keeps what is spent. For admins; budgets of own keys also for who owns the key, unless an admin set them. Counts within a second.',
      input: BudgetsSetInput,
      output: Budget,
      scopes: [SCOPES.BUDGETS_WRITE],
      errors: notFound('SUBJECT_NOT_FOUND', 'key, account, organization, model or session'),
      hints: { idempotent: true },
    }),
  },
  {
    service: 'inference-proxy',
    spec: query('budgets.list', {
      title: 'List budgets',
      description:
        'The budgets that the caller may see: of the own account, keys and organizations; for admins all.',
      input: BudgetsListInput,
      output: page(Budget),
      scopes: [SCOPES.BUDGETS_READ],
    }),
  },
  {
    service: 'inference-proxy',
    spec: query('budgets.get', {
      title: 'One budget',
      description: 'A budget that the caller may see.',
      input: BudgetRef,
      output: Budget,
      scopes: [SCOPES.BUDGETS_READ],
      errors: BUDGET_NOT_FOUND,
    }),
  },
  {
    service: 'inference-proxy',
    spec: mutation('budgets.delete', {
      title: 'Remove a budget',
      description:
        'Removes a budget, so that it limits no more calls. For who may set it. CONFLICT for one that belongs to a tree of sessions.',
      input: BudgetRef,
      output: Type.Object({ budgetId: Uuid }),
      scopes: [SCOPES.BUDGETS_WRITE],
      errors: BUDGET_NOT_FOUND,
      hints: { destructive: true },
    }),
  },
]
