// Trees of sessions: the entry `@alkdev/storage/coordination`.
export {
  abortTree,
  acknowledgeAbort,
  acknowledgeLost,
  acknowledgeStops,
  findOpenAborts,
  readReceipts,
  recordSaved,
} from './coordination/abort-tree.ts'
export {
  countEndedLocked,
  countOtherCalls,
  findEndedBudgets,
  findLiveChildren,
  hasSteer,
  isAwaited,
  readAwaited,
  readMessagesAfter,
  wakeFired,
  wakeForCalls,
  wakeRevoked,
  wakeUnanswered,
} from './coordination/awaited.ts'
export {
  endLostSession,
  findLostPlaces,
  findLostSpawns,
  findReturnedPlaces,
  isLostSpawn,
  latestCheckpoint,
  recordParked,
} from './coordination/lost-places.ts'
export type { LostPlace, LostSession, ReturnedPlace } from './coordination/lost-places.ts'
export { countSpawned, countSpawnsOfTask, lockSpawner, lockTree } from './coordination/lock-tree.ts'
export {
  changeMapping,
  createMapping,
  endMapping,
  findMapping,
  findMappings,
  findSpawned,
} from './coordination/mappings.ts'
export {
  advanceMerge,
  claimLostMerges,
  claimMerges,
  endMerge,
  enqueueMerge,
  getMerge,
  listMerges,
  MAX_OPEN_MERGES,
  readMergesState,
  releaseMerge,
  renewMerges,
} from './coordination/merges.ts'
export type { MergeClaim, MergeEnd, MergesState } from './coordination/merges.ts'
export {
  findSpokesToLookAt,
  readSoundSessions,
  readWorktreeProblems,
  recordProcesses,
  recordWorktrees,
} from './coordination/inventory.ts'
export type { SeenWorktree, SpokeToLookAt, WorktreeProblem } from './coordination/inventory.ts'
export { readInvariants } from './coordination/read-invariants.ts'
export type { Invariants } from './coordination/read-invariants.ts'
export { findSessionsToWatch, readSessionLogs } from './coordination/read-session-log.ts'
export type { SessionLogRow } from './coordination/read-session-log.ts'
export { readTreeStatus } from './coordination/read-status.ts'
export type { TreeStatusRow } from './coordination/read-status.ts'
export {
  lockDetection,
  readSessionFindings,
  resolveEndedFindings,
} from './coordination/session-findings.ts'
export {
  advanceSpawn,
  claimSpawns,
  failSpawn,
  findOtherCommonDir,
  lockCommonDir,
  lockSpawn,
  startSpawn,
} from './coordination/spawn-steps.ts'
export type { SpawnPlan } from './coordination/spawn-steps.ts'
export type { DetectionRow } from './schema/coordination/detections.ts'
export type { MergeQueueRow } from './schema/coordination/merge-queue.ts'
export type { MappingRow } from './schema/coordination/mappings.ts'
export { endCheck, startCheck } from './coordination/task-checks.ts'
export type { CheckEnd } from './coordination/task-checks.ts'
