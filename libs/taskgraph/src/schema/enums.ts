import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'

/** How much a task touches, smallest first. */
export const TaskScopeEnum = Type.Union([
  Type.Literal('single'),
  Type.Literal('narrow'),
  Type.Literal('moderate'),
  Type.Literal('broad'),
  Type.Literal('system'),
])
export type TaskScope = Static<typeof TaskScopeEnum>

/** How likely one attempt is to fail, least likely first. */
export const TaskRiskEnum = Type.Union([
  Type.Literal('trivial'),
  Type.Literal('low'),
  Type.Literal('medium'),
  Type.Literal('high'),
  Type.Literal('critical'),
])
export type TaskRisk = Static<typeof TaskRiskEnum>

/** How far a failure reaches, nearest first. */
export const TaskImpactEnum = Type.Union([
  Type.Literal('isolated'),
  Type.Literal('component'),
  Type.Literal('phase'),
  Type.Literal('project'),
])
export type TaskImpact = Static<typeof TaskImpactEnum>

/** What kind of work a task is. */
export const TaskLevelEnum = Type.Union([
  Type.Literal('planning'),
  Type.Literal('decomposition'),
  Type.Literal('implementation'),
  Type.Literal('review'),
  Type.Literal('research'),
])
export type TaskLevel = Static<typeof TaskLevelEnum>

/** How urgent a task is, least urgent first. */
export const TaskPriorityEnum = Type.Union([
  Type.Literal('low'),
  Type.Literal('medium'),
  Type.Literal('high'),
  Type.Literal('critical'),
])
export type TaskPriority = Static<typeof TaskPriorityEnum>

/** Where a task stands. Only `completed` changes an analysis. */
export const TaskStatusEnum = Type.Union([
  Type.Literal('pending'),
  Type.Literal('in-progress'),
  Type.Literal('completed'),
  Type.Literal('failed'),
  Type.Literal('blocked'),
])
export type TaskStatus = Static<typeof TaskStatusEnum>
