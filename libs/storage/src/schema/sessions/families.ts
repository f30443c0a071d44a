export const SessionStatus = {
  IDLE: 'idle',
  BUSY: 'busy',
  RETRY: 'retry',
  ARCHIVED: 'archived',
} as const
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus]

export const MessageRole = {
  SYSTEM: 'system',
  USER: 'user',
  ASSISTANT: 'assistant',
  TOOL: 'tool',
} as const
export type MessageRole = (typeof MessageRole)[keyof typeof MessageRole]

/** What a part of a message is; `data` has the fields of that type. */
export const PartType = {
  TEXT: 'text',
  REASONING: 'reasoning',
  TOOL_CALL: 'tool-call',
  FILE: 'file',
  SOURCE: 'source',
  STEP_START: 'step-start',
  STEP_FINISH: 'step-finish',
  PATCH: 'patch',
  SNAPSHOT: 'snapshot',
  COMPACTION: 'compaction',
  AGENT: 'agent',
} as const
export type PartType = (typeof PartType)[keyof typeof PartType]
