export const TaskStatus = {
  PENDING: 'pending',
  IN_PROGRESS: 'in-progress',
  COMPLETED: 'completed',
  FAILED: 'failed',
  BLOCKED: 'blocked',
} as const
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus]

export const TaskScope = {
  SINGLE: 'single',
  NARROW: 'narrow',
  MODERATE: 'moderate',
  BROAD: 'broad',
  SYSTEM: 'system',
} as const
export type TaskScope = (typeof TaskScope)[keyof typeof TaskScope]

export const TaskRisk = {
  TRIVIAL: 'trivial',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
  CRITICAL: 'critical',
} as const
export type TaskRisk = (typeof TaskRisk)[keyof typeof TaskRisk]

export const TaskImpact = {
  ISOLATED: 'isolated',
  COMPONENT: 'component',
  PHASE: 'phase',
  PROJECT: 'project',
} as const
export type TaskImpact = (typeof TaskImpact)[keyof typeof TaskImpact]

export const TaskLevel = {
  PLANNING: 'planning',
  DECOMPOSITION: 'decomposition',
  IMPLEMENTATION: 'implementation',
  REVIEW: 'review',
  RESEARCH: 'research',
} as const
export type TaskLevel = (typeof TaskLevel)[keyof typeof TaskLevel]

export const TaskPriority = {
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
  CRITICAL: 'critical',
} as const
export type TaskPriority = (typeof TaskPriority)[keyof typeof TaskPriority]
