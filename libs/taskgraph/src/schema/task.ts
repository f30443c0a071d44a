import { Type } from '@alkdev/typebox'
import type { Static, TSchema } from '@alkdev/typebox'
import {
  TaskImpactEnum,
  TaskLevelEnum,
  TaskPriorityEnum,
  TaskRiskEnum,
  TaskScopeEnum,
  TaskStatusEnum,
} from './enums.ts'
import {
  MAX_CHECK_COMMAND_LENGTH,
  MAX_CHECK_TIMEOUT_MS,
  MAX_CHECKS,
  MAX_TOUCH_LENGTH,
  MAX_TOUCHES,
} from '../touches/limits.ts'

const OptionalOrNull = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

/** A command that must exit with 0 before the task counts as completed. */
export const TaskCheck = Type.Object(
  {
    /** Unique within the task. */
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 ._:-]{0,63}$' }),
    /** Run by a shell at the root of the task's worktree. */
    command: Type.String({
      minLength: 1,
      maxLength: MAX_CHECK_COMMAND_LENGTH,
      pattern: '^[^\\u0000]*$',
    }),
    /** Default: 600,000. */
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: MAX_CHECK_TIMEOUT_MS })),
  },
  { additionalProperties: false },
)
export type TaskCheck = Static<typeof TaskCheck>

/**
 * A task as its author wrote it. `null` means "not assessed" and is treated like a missing field.
 * The four date-like fields are plain text; no format is imposed.
 */
export const TaskInput = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.String(),
  dependsOn: Type.Array(Type.String({ minLength: 1 })),
  status: OptionalOrNull(TaskStatusEnum),
  scope: OptionalOrNull(TaskScopeEnum),
  risk: OptionalOrNull(TaskRiskEnum),
  impact: OptionalOrNull(TaskImpactEnum),
  level: OptionalOrNull(TaskLevelEnum),
  priority: OptionalOrNull(TaskPriorityEnum),
  tags: Type.Optional(Type.Array(Type.String())),
  /** Hours that the work is expected to take. */
  estimate: OptionalOrNull(Type.Number({ minimum: 0, maximum: 10_000 })),
  /** What must succeed before the task is completed. */
  checks: Type.Optional(Type.Array(TaskCheck, { maxItems: MAX_CHECKS })),
  /** Globs of the files that the task may change. Tasks whose globs overlap are not worked on at the same time. */
  touches: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: MAX_TOUCH_LENGTH }), {
      maxItems: MAX_TOUCHES,
    }),
  ),
  assignee: OptionalOrNull(Type.String()),
  due: OptionalOrNull(Type.String()),
  created: OptionalOrNull(Type.String()),
  modified: OptionalOrNull(Type.String()),
})
export type TaskInput = Static<typeof TaskInput>

/** Share of a prerequisite's failure that does not reach the dependent: 0 passes all of it on, 1 none. */
export const QualityRetention = Type.Number({ minimum: 0, maximum: 1 })

/** One dependency: `from` is the prerequisite, `to` the task that waits for it. */
export const DependencyEdge = Type.Object({
  from: Type.String({ minLength: 1 }),
  to: Type.String({ minLength: 1 }),
  qualityRetention: Type.Optional(QualityRetention),
})
export type DependencyEdge = Static<typeof DependencyEdge>
