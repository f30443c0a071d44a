// Queued calls: the entry `@alkdev/storage/queue`.
export { acceptQueuedCalls } from './queue/accept-queued-calls.ts'
export type { AcceptedCall, AcceptOptions } from './queue/accept-queued-calls.ts'
export { acceptTogether } from './queue/accept-together.ts'
export type { AcceptRequest } from './queue/accept-together.ts'
export type { NewQueuedCall, QueueingCaller } from './queue/new-queued-call.ts'
export {
  claimDueCalls,
  claimLostCalls,
  pruneQueueStarts,
  renewQueuedCalls,
} from './queue/claim-queued-calls.ts'
export type { ClaimedCall } from './queue/claim-queued-calls.ts'
export {
  abortQueuedCall,
  abortQueuedCalls,
  expireQueuedCalls,
  handOverQueuedCall,
  releaseQueuedCall,
  settleQueuedCall,
  settleQueuedCalls,
} from './queue/end-queued-calls.ts'
export type { ClaimEnd } from './queue/end-queued-calls.ts'
export { readQueueActivity } from './queue/read-queue-activity.ts'
export {
  countQueuedCalls,
  findEndedQueuedCalls,
  findOpenQueuedCalls,
  getQueuedCall,
  getQueuedCalls,
  listQueuedCalls,
  pruneQueuedCalls,
  readNextDueMs,
  readQueueState,
} from './queue/read-queued-calls.ts'
export { repeatQueuedCalls } from './queue/repeat-queued-calls.ts'
export { runOfQueuedCall } from './queue/dead-letters.ts'
export type { QueuedCall, ListQueuedCalls, QueuedCallSummary } from './queue/read-queued-calls.ts'
