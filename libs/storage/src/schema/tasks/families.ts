import type * as graph from '@alkdev/taskgraph'

// The values are those of the task library, in its order; a test compares. Written out here, so that who opens the database
// does not load the library.

export const TaskStatus = {
  PENDING: 'pending',
  IN_PROGRESS: 'in-progress',
  COMPLETED: 'completed',
  FAILED: 'failed',
  BLOCKED: 'blocked',
} as const satisfies Record<string, graph.TaskStatus>
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus]

export const TaskScope = {
  SINGLE: 'single',
  NARROW: 'narrow',
  MODERATE: 'moderate',
  BROAD: 'broad',
  SYSTEM: 'system',
} as const satisfies Record<string, graph.TaskScope>
export type TaskScope = (typeof TaskScope)[keyof typeof TaskScope]

export const TaskRisk = {
  TRIVIAL: 'trivial',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
  CRITICAL: 'critical',
} as const satisfies Record<string, graph.TaskRisk>
export type TaskRisk = (typeof TaskRisk)[keyof typeof TaskRisk]

export const TaskImpact = {
  ISOLATED: 'isolated',
  COMPONENT: 'component',
  PHASE: 'phase',
  PROJECT: 'project',
} as const satisfies Record<string, graph.TaskImpact>
export type TaskImpact = (typeof TaskImpact)[keyof typeof TaskImpact]

export const TaskLevel = {
  PLANNING: 'planning',
  DECOMPOSITION: 'decomposition',
  IMPLEMENTATION: 'implementation',
  REVIEW: 'review',
  RESEARCH: 'research',
} as const satisfies Record<string, graph.TaskLevel>
export type TaskLevel = (typeof TaskLevel)[keyof typeof TaskLevel]

export const TaskPriority = {
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
  CRITICAL: 'critical',
} as const satisfies Record<string, graph.TaskPriority>
export type TaskPriority = (typeof TaskPriority)[keyof typeof TaskPriority]

export const TaskCheckStatus = {
  RUNNING: 'running',
  PASSED: 'passed',
  FAILED: 'failed',
  TIMED_OUT: 'timed-out',
  /** It is not known how it ended, or it could not be run. */
  LOST: 'lost',
} as const
export type TaskCheckStatus = (typeof TaskCheckStatus)[keyof typeof TaskCheckStatus]
