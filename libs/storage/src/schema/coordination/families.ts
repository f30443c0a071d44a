export const MappingStatus = {
  ACTIVE: 'active',
  COMPLETED: 'completed',
  ABORTED: 'aborted',
  FAILED: 'failed',
} as const
export type MappingStatus = (typeof MappingStatus)[keyof typeof MappingStatus]

export const DetectionSeverity = { LOW: 'low', MEDIUM: 'medium', HIGH: 'high' } as const
export type DetectionSeverity = (typeof DetectionSeverity)[keyof typeof DetectionSeverity]

/** How a session finished its work. `nothing-to-do`: the work was already done, with evidence. */
export const WorkOutcome = {
  DONE: 'done',
  NOTHING_TO_DO: 'nothing-to-do',
  FAILED: 'failed',
} as const
export type WorkOutcome = (typeof WorkOutcome)[keyof typeof WorkOutcome]

/** Every status but the first two is final. */
export const MergeStatus = {
  QUEUED: 'queued',
  RUNNING: 'running',
  MERGED: 'merged',
  CONFLICT: 'conflict',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const
export type MergeStatus = (typeof MergeStatus)[keyof typeof MergeStatus]
