// Agent sessions: the entry `@alkdev/storage/sessions`.
export {
  claimLostSessions,
  claimSessions,
  readSessionsState,
  releaseSession,
  renewSessions,
  wakeSession,
} from './sessions/claim-sessions.ts'
export type { SessionClaim, SessionsState } from './sessions/claim-sessions.ts'
export { addMessages } from './sessions/add-messages.ts'
export { findBeside, holdSession, releaseHeld } from './sessions/hold-session.ts'
export { inTurn } from './sessions/in-turn.ts'
export type { InTurn, LockedSession, SeenSession } from './sessions/in-turn.ts'
export {
  addMessage,
  countWaitingMessages,
  getMessage,
  getToolCallOutput,
  countMessagesBefore,
  listMessages,
  messageMetadata,
  readMessages,
  readMessagesById,
  readOpenToolCalls,
} from './sessions/messages.ts'
export { conversationIds, messagePages, readConversation } from './sessions/conversation.ts'
export type { SaidMessage, SaidToolCall } from './sessions/conversation.ts'
export { countFittingMessages, countFittingToolCalls } from './sessions/fitting-rows.ts'
export type { MessageView, NewPart, OpenToolCall, ToolCallView } from './sessions/messages.ts'
export {
  checkpointBefore,
  latestRevert,
  restoreMessages,
  revertMessages,
  revertNumber,
} from './sessions/revert-messages.ts'
export { findOldSessions } from './retention/old-sessions.ts'
export { readPinnedRows } from './sessions/pinned-rows.ts'
export type { PinnedRows } from './sessions/pinned-rows.ts'
export { readSpokeAway, wakeForSpokes } from './sessions/spoke-waits.ts'
export {
  appendSessionEvents,
  oldestSessionEvent,
  pruneSessionEvents,
  readSessionEvents,
  readSessionPositions,
} from './sessions/session-events.ts'
export {
  addSessionPermission,
  createSessionGrant,
  listSessionPermissions,
  listTurnGrants,
  readRoleRules,
  readSessionRules,
  revokeSessionPermission,
} from './sessions/session-rights.ts'
export {
  archiveSession,
  changeSession,
  createdWith,
  createSession,
  deleteSession,
  getSession,
  getSessions,
  isSessionAbove,
  listSessions,
  lockSession,
  requestTurnAbort,
} from './sessions/sessions.ts'
export type { SessionWithOrg } from './sessions/sessions.ts'
export {
  askedSession,
  awaitCall,
  awaitedCall,
  awaitedSessions,
  awaitSessions,
  dispatchToolCall,
  endToolCall,
  holdToolCall,
  pruneToolOutputs,
  readToolCallsById,
  readTurnToolCalls,
} from './sessions/tool-calls.ts'
export type {
  AskedSession,
  AwaitedCall,
  AwaitedSessions,
  ToolCallChange,
  ToolCallEnd,
} from './sessions/tool-calls.ts'
export { endTurn } from './sessions/end-turns.ts'
export type { EndedTurn, TurnEnd } from './sessions/end-turns.ts'
export {
  beginTurn,
  fireWaits,
  getTurn,
  parkTurn,
  settleIdle,
  TURN_SUBJECT,
} from './sessions/turn-lifecycle.ts'
export type { NewWait } from './sessions/turn-lifecycle.ts'
export {
  addCompaction,
  countCompactions,
  dropStep,
  finishStep,
  readRunningStep,
  readTurnProgress,
  setCheckpoint,
  startStep,
} from './sessions/turn-steps.ts'
export type { NewToolCall, StartedStep, StepResult, TurnProgress } from './sessions/turn-steps.ts'
export { isTodosCall, readTodos } from './sessions/todos.ts'
export { workedOn } from './sessions/turn-work.ts'
export { forgetHead, rememberHead } from './sessions/worktree-head.ts'
export type { SessionRow } from './schema/sessions/sessions.ts'
export type { TurnRow } from './schema/sessions/turns.ts'
export type { EndReason } from './schema/sessions/families.ts'
