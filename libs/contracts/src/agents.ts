// What agent sessions, live tasks and coordination have in their operations and events.
export {
  DEFAULT_TASK_CLAIM_MS,
  ExportedTask,
  TaskDetail,
  TaskRef,
  TasksClaimInput,
  TasksClaimOutput,
  TasksExportInput,
  TasksReleaseInput,
  TasksReopenInput,
  TasksReopenOutput,
  TasksUpdateStatusInput,
  TasksUpdateStatusOutput,
} from './operations/task-claims.ts'
export {
  TasksCostInput,
  TasksCostOutput,
  TasksCriticalInput,
  TasksCriticalOutput,
  TasksGraphInput,
  TasksGraphOutput,
  TasksNextInput,
  TasksNextOutput,
  TasksPlanInput,
  TasksRiskOutput,
  TasksWavesOutput,
  TasksWhatIfInput,
  TasksWhatIfOutput,
} from './operations/task-plan.ts'
export {
  ProjectSlug,
  TaskClaim,
  TaskFile,
  TaskItem,
  TasksListInput,
  TasksSyncInput,
  TasksSyncOutput,
  TaskStatusName,
} from './operations/tasks.ts'
export { RunningStep, SESSION_EVENT_TYPES, SessionEvent } from './operations/session-events.ts'
export {
  SessionRef,
  SessionsCreateInput,
  SessionsListInput,
  SessionsMessagesInput,
  SessionsPromptInput,
  SessionsPromptOutput,
  SessionsStopInput,
  SessionsStopOutput,
  SessionsForkInput,
  SessionsRevertInput,
  SessionsRevertOutput,
  SessionsOutputInput,
  SessionsOutputOutput,
  SessionsWatchInput,
  SessionExport,
  SessionsImportInput,
  SessionsImportOutput,
  SessionPermission,
  SessionsRevokePermissionInput,
  SessionPermissions,
  SessionsSetTodosInput,
  SessionsSetTodosOutput,
} from './operations/session-inputs.ts'
export { CoordDetectInput, CoordDetectOutput, CoordFinding } from './operations/coord-detect.ts'
export {
  CoordMerge,
  CoordMergeInput,
  CoordMergeOutput,
  CoordMergesInput,
  CoordMergesOutput,
} from './operations/coord-merge.ts'
export { PARK_META } from './operations/coord.ts'
export {
  CoordAwaited,
  CoordAwaitInput,
  CoordAwaitOutput,
  CoordCheckRun,
  CoordMessageInput,
  CoordMessageOutput,
  CoordNotifyInput,
  CoordNotifyOutput,
} from './operations/coord-messages.ts'
export {
  CoordAbortInput,
  CoordAbortOutput,
  CoordSession,
  CoordSpawnInput,
  CoordSpawnOutput,
  CoordStatusInput,
  CoordStatusOutput,
} from './operations/coord-shapes.ts'
export {
  EndReasonName,
  Session,
  SESSION_STATUSES,
  SessionFailure,
  SessionMessage,
  SessionPart,
  SessionToolCall,
} from './operations/session-shapes.ts'
