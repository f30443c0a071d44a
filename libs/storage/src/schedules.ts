// Schedules and their firings: the entry `@alkdev/storage/schedules`.
export {
  failWaitingFirings,
  fireManually,
  fireSchedule,
  listDueSchedules,
  listReleasedSchedules,
  readNextDueMs,
  lockSeenSchedule,
  releaseFiring,
} from './schedules/fire-schedule.ts'
export type { DueTimes, FireOptions } from './schedules/fire-schedule.ts'
export {
  createSchedule,
  deleteSchedule,
  getSchedule,
  listFirings,
  listSchedules,
  pruneFirings,
  readDatabaseTime,
  updateSchedule,
} from './schedules/schedules.ts'
export { ScheduleFiringRow } from './schema/schedules/schedule-firings.ts'
export { ScheduleRow } from './schema/schedules/schedules.ts'
