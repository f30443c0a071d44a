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
export { DependencyEdge, TaskInput } from './schema/task.ts'
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
