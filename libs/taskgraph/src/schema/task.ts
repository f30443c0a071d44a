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

const OptionalOrNull = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

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
