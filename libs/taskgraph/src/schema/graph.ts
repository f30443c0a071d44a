import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import {
  TaskImpactEnum,
  TaskLevelEnum,
  TaskPriorityEnum,
  TaskRiskEnum,
  TaskScopeEnum,
  TaskStatusEnum,
} from './enums.ts'
import { QualityRetention } from './task.ts'

/** What a graph keeps of a task. Missing means "not assessed"; never null. */
export const TaskGraphNodeAttributes = Type.Object({
  name: Type.String(),
  status: Type.Optional(TaskStatusEnum),
  scope: Type.Optional(TaskScopeEnum),
  risk: Type.Optional(TaskRiskEnum),
  impact: Type.Optional(TaskImpactEnum),
  level: Type.Optional(TaskLevelEnum),
  priority: Type.Optional(TaskPriorityEnum),
})
export type TaskGraphNodeAttributes = Static<typeof TaskGraphNodeAttributes>

/** What a graph keeps of a dependency. Without `qualityRetention` each analysis uses its own default. */
export const TaskGraphEdgeAttributes = Type.Object({
  qualityRetention: Type.Optional(QualityRetention),
})
export type TaskGraphEdgeAttributes = Static<typeof TaskGraphEdgeAttributes>

/**
 * A graph as JSON, in graphology's own export form. There is no version field: wrap it in an envelope
 * of your own where it is stored. `attributes.unresolved` names the nodes that are only known because
 * something depends on them.
 */
export const TaskGraphSerialized = Type.Object({
  attributes: Type.Object({ unresolved: Type.Optional(Type.Array(Type.String())) }),
  options: Type.Object({
    type: Type.Literal('directed'),
    multi: Type.Literal(false),
    allowSelfLoops: Type.Literal(false),
  }),
  nodes: Type.Array(
    Type.Object({ key: Type.String({ minLength: 1 }), attributes: TaskGraphNodeAttributes }),
  ),
  edges: Type.Array(
    Type.Object({
      key: Type.Optional(Type.String()),
      source: Type.String(),
      target: Type.String(),
      attributes: TaskGraphEdgeAttributes,
    }),
  ),
})
export type TaskGraphSerialized = Static<typeof TaskGraphSerialized>
