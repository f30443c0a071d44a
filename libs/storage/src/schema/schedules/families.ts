/** `ended`: it has no further time. */
export const ScheduleStatus = { ACTIVE: 'active', PAUSED: 'paused', ENDED: 'ended' } as const
export type ScheduleStatus = (typeof ScheduleStatus)[keyof typeof ScheduleStatus]

/** What a firing does while the call of an earlier one has not ended. */
export const OverlapPolicy = {
  SKIP: 'skip',
  QUEUE: 'queue',
  CANCEL_PREVIOUS: 'cancel-previous',
  ALLOW: 'allow',
} as const
export type OverlapPolicy = (typeof OverlapPolicy)[keyof typeof OverlapPolicy]

/** Which of the times that passed while nothing could fire are made up for. */
export const CatchUpPolicy = { NONE: 'none', LAST: 'last', ALL: 'all' } as const
export type CatchUpPolicy = (typeof CatchUpPolicy)[keyof typeof CatchUpPolicy]

/** `waiting`: its call is queued when that of the firing before has ended. */
export const FiringStatus = {
  QUEUED: 'queued',
  WAITING: 'waiting',
  SKIPPED: 'skipped',
  FAILED: 'failed',
} as const
export type FiringStatus = (typeof FiringStatus)[keyof typeof FiringStatus]
