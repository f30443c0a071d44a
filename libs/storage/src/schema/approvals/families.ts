/** What is asked: to run a call, a free question, more budget, or to go on with a step of a workflow. */
export const ApprovalKind = {
  TOOL: 'tool',
  QUESTION: 'question',
  BUDGET: 'budget',
  STEP: 'step',
} as const
export type ApprovalKind = (typeof ApprovalKind)[keyof typeof ApprovalKind]

/** `expired`: its default counts. `withdrawn`: what asked no longer needs an answer. */
export const ApprovalStatus = {
  OPEN: 'open',
  ANSWERED: 'answered',
  EXPIRED: 'expired',
  WITHDRAWN: 'withdrawn',
} as const
export type ApprovalStatus = (typeof ApprovalStatus)[keyof typeof ApprovalStatus]

export const ApprovalDecision = { ALLOW: 'allow', DENY: 'deny' } as const
export type ApprovalDecision = (typeof ApprovalDecision)[keyof typeof ApprovalDecision]

/** `session`: also for later calls of the session whose resource matches `resource_pattern`. */
export const ApprovalScope = { ONCE: 'once', SESSION: 'session' } as const
export type ApprovalScope = (typeof ApprovalScope)[keyof typeof ApprovalScope]
