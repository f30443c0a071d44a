// Budgets, the ledger and the usage of inference: the entry `@alkdev/storage/inference`.
export {
  deleteBudget,
  findBudget,
  findSessionsAbove,
  getBudget,
  listBudgets,
  loadBudgetIndex,
  sessionExists,
  setBudget,
} from './inference/budgets.ts'
export type {
  Budget,
  BudgetIndex,
  ReservedLimit,
  CountedLimit,
  ListBudgets,
} from './inference/budgets.ts'
export {
  BEGIN_CALLS,
  findLostCalls,
  openCalls,
  pruneBudgetEntries,
  renewCalls,
  settleCalls,
  settleCallTexts,
} from './inference/ledger.ts'
export type { BegunRow, LostCall } from './inference/ledger.ts'
export { openingCallsJson, settledCallJson } from './inference/calls-json.ts'
export type {
  BeginningCall,
  CallRefusal,
  LedgerAmounts,
  LedgerCaller,
  OpeningCall,
  SettledAttempt,
  SettledCall,
  TokenCounts,
} from './inference/ledger-call.ts'
export { changeSlices, returnLostSlices } from './inference/slices.ts'
export type { ChangedSlice, SliceChange } from './inference/slices.ts'
export { readLatencies } from './inference/read-latencies.ts'
export { reportUsage } from './inference/usage-report.ts'
export type { UsageSum } from './inference/usage-report.ts'
export {
  closeBudget,
  openBudget,
  raiseBudget,
  transferBudget,
} from './inference/session-budgets.ts'
