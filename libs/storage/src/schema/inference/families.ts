export const BudgetSubject = { ACCOUNT: 'account', KEY: 'key', ORG: 'org' } as const
export type BudgetSubject = (typeof BudgetSubject)[keyof typeof BudgetSubject]

/** `tokens` counts tokens, `cost` millionths of a US dollar. */
export const BudgetUnit = { TOKENS: 'tokens', COST: 'cost' } as const
export type BudgetUnit = (typeof BudgetUnit)[keyof typeof BudgetUnit]

/** When `spent` starts again, by UTC. */
export const BudgetPeriod = { DAY: 'day', MONTH: 'month', TOTAL: 'total' } as const
export type BudgetPeriod = (typeof BudgetPeriod)[keyof typeof BudgetPeriod]
