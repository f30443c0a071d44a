/** State of a call. The last three are final. */
export const CallStatus = {
  PENDING: 'pending',
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  ABORTED: 'aborted',
} as const
export type CallStatus = (typeof CallStatus)[keyof typeof CallStatus]

/** `triggered`: the source called the target. `depends_on`: the target needed the source's result. */
export const CallEdgeType = { TRIGGERED: 'triggered', DEPENDS_ON: 'depends_on' } as const
export type CallEdgeType = (typeof CallEdgeType)[keyof typeof CallEdgeType]
