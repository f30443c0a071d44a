/** Whose use a budget limits. `model` is `provider/model`; `session` counts for the sessions below it, too. */
export const BudgetSubject = {
  KEY: 'key',
  ACCOUNT: 'account',
  ORG: 'org',
  MODEL: 'model',
  SESSION: 'session',
} as const
export type BudgetSubject = (typeof BudgetSubject)[keyof typeof BudgetSubject]

/** `cost` counts millionths of a US dollar, `concurrency` calls in flight. */
export const BudgetUnit = {
  REQUESTS: 'requests',
  TOKENS: 'tokens',
  COST: 'cost',
  CONCURRENCY: 'concurrency',
} as const
export type BudgetUnit = (typeof BudgetUnit)[keyof typeof BudgetUnit]

/** `minute`: any 60 seconds. `day` and `month` are those of the calendar in UTC. `total` never starts again. */
export const BudgetPeriod = {
  MINUTE: 'minute',
  DAY: 'day',
  MONTH: 'month',
  TOTAL: 'total',
} as const
export type BudgetPeriod = (typeof BudgetPeriod)[keyof typeof BudgetPeriod]

/** What an amount was taken for: a call of a model, or the budget of a session below. */
export const BudgetEntryKind = { CALL: 'call', TRANSFER: 'transfer' } as const
export type BudgetEntryKind = (typeof BudgetEntryKind)[keyof typeof BudgetEntryKind]

/** Who ended a call of a model. `done`: it ended by itself. */
export const EndedBy = { DONE: 'done', CLIENT: 'client', UPSTREAM: 'upstream', HUB: 'hub' } as const
export type EndedBy = (typeof EndedBy)[keyof typeof EndedBy]

/** Where token counts come from. `none`: nothing was used. */
export const UsageSource = { PROVIDER: 'provider', ESTIMATE: 'estimate', NONE: 'none' } as const
export type UsageSource = (typeof UsageSource)[keyof typeof UsageSource]

/** Who wrote the end of a call: the proxy that served it, or the sweep for a proxy that was lost. */
export const SettledBy = { PROXY: 'proxy', SWEEP: 'sweep' } as const
export type SettledBy = (typeof SettledBy)[keyof typeof SettledBy]
