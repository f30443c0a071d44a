export {
  TaskImpactEnum,
  TaskLevelEnum,
  TaskPriorityEnum,
  TaskRiskEnum,
  TaskScopeEnum,
  TaskStatusEnum,
} from './schema/enums.ts'
export type {
  TaskImpact,
  TaskLevel,
  TaskPriority,
  TaskRisk,
  TaskScope,
  TaskStatus,
} from './schema/enums.ts'
export { DependencyEdge, TaskCheck, TaskInput } from './schema/task.ts'
export {
  DEFAULT_CHECK_TIMEOUT_MS,
  MAX_CHECK_COMMAND_LENGTH,
  MAX_CHECK_TIMEOUT_MS,
  MAX_CHECKS,
  MAX_TOUCH_LENGTH,
  MAX_TOUCHES,
} from './touches/limits.ts'
export { ComparisonSteps } from './touches/comparison-steps.ts'
export { Touches, touchesProblems } from './touches/touches.ts'
export type { TouchesOptions, TouchesOverlap, TouchesProblem } from './touches/touches.ts'
export {
  TaskGraphEdgeAttributes,
  TaskGraphNodeAttributes,
  TaskGraphSerialized,
} from './schema/graph.ts'
export {
  CircularDependencyError,
  DuplicateEdgeError,
  DuplicateNodeError,
  InvalidInputError,
  TaskgraphError,
  TaskNotFoundError,
} from './errors.ts'
export type { InvalidInputPlace } from './errors.ts'
export { parseFrontmatter, parseTaskFile } from './frontmatter/parse.ts'
export { serializeFrontmatter } from './frontmatter/serialize.ts'
export { updateFrontmatter } from './frontmatter/update.ts'
export { maxFrontmatterLength, readFrontmatter } from './frontmatter/read.ts'
export type { FrontmatterReading } from './frontmatter/read.ts'
export { formatProblem } from './frontmatter/problem.ts'
export type { FrontmatterProblem, TaskProblemCode } from './frontmatter/problem.ts'
export type { TextPlace } from './frontmatter/yaml-block.ts'
export { parseTaskDirectory, readTaskDirectory } from './frontmatter/directory.ts'
export type {
  ReadTaskDirectoryOptions,
  TaskDirectory,
  TaskFile,
  TaskFileProblem,
} from './frontmatter/directory.ts'
export { checkTasks } from './graph/check-tasks.ts'
export type { TaskListProblem } from './graph/check-tasks.ts'
export { TaskGraph } from './graph/task-graph.ts'
export type { FromTasksOptions } from './graph/task-graph.ts'
export type { RawTaskGraph } from './graph/raw-graph.ts'
export type { GraphSnapshot } from './graph/snapshot.ts'
export type {
  AnyValidationError,
  GraphValidationError,
  UnresolvedDependency,
  ValidationError,
} from './graph/validate.ts'
export {
  DecomposeResult,
  EvConfig,
  EvResult,
  ResolvedTaskAttributes,
  RetryModel,
  RiskDistributionResult,
  RiskPathResult,
  TaskCostResult,
  WorkflowCostOptions,
  WorkflowCostResult,
} from './schema/results.ts'
export {
  impactWeight,
  resolveDefaults,
  riskSuccessProbability,
  riskWeight,
  scopeCostEstimate,
  scopeTokenEstimate,
} from './analysis/defaults.ts'
export { parallelGroups } from './analysis/parallel-groups.ts'
export { criticalPath, weightedCriticalPath } from './analysis/critical-path.ts'
export type { TaskWeight } from './analysis/critical-path.ts'
export { bottlenecks } from './analysis/bottlenecks.ts'
export type { BottleneckResult } from './analysis/bottlenecks.ts'
export { riskDistribution, riskPath } from './analysis/risk.ts'
export { decomposeAdvice, shouldDecomposeTask } from './analysis/decompose.ts'
export type { DecomposeAdvice } from './analysis/decompose.ts'
export {
  calculateTaskEv,
  defaultRetryModel,
  taskCost,
  timeFairRetries,
} from './analysis/task-cost.ts'
export { workflowCost } from './analysis/workflow-cost.ts'
export type { AssessTask, TaskAssessment } from './analysis/workflow-cost.ts'
export { schedule, whatIf } from './analysis/schedule.ts'
export type { Schedule, ScheduledTask, ScheduleOptions, WhatIfResult } from './analysis/schedule.ts'
export { nextBatch } from './analysis/next-batch.ts'
export type { NextBatch, NextBatchOptions, PostponedTask } from './analysis/next-batch.ts'
export { nextTasks } from './analysis/next-tasks.ts'
export type { NextTasks, ReadyTask, WaitingTask } from './analysis/next-tasks.ts'
export { toMermaid } from './render/mermaid.ts'
export { toDot } from './render/dot.ts'
export type { DrawOptions } from './render/draw-options.ts'
export { textTable } from './render/plain-text.ts'
export type { Column } from './render/plain-text.ts'
