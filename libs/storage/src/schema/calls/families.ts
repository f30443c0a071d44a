export const QueuedCallStatus = {
  ACCEPTED: 'accepted',
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  ABORTED: 'aborted',
} as const
export type QueuedCallStatus = (typeof QueuedCallStatus)[keyof typeof QueuedCallStatus]

/** `unknown`: it may have run; the same key never starts it again. */
export const IdempotencyStatus = {
  PENDING: 'pending',
  COMPLETED: 'completed',
  FAILED: 'failed',
  UNKNOWN: 'unknown',
} as const
export type IdempotencyStatus = (typeof IdempotencyStatus)[keyof typeof IdempotencyStatus]
