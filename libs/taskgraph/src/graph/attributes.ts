import { InvalidInputError } from '../errors.ts'
import type { TaskGraphEdgeAttributes, TaskGraphNodeAttributes } from '../schema/graph.ts'
import type { TaskInput } from '../schema/task.ts'

/** Attributes of an edge that has none. */
export const noAttributes: TaskGraphEdgeAttributes = Object.freeze({})

/** What a graph keeps of a task: its name and the categories that are neither missing nor null. */
export function attributesOf(task: TaskInput): TaskGraphNodeAttributes {
  const { name, status, scope, risk, impact, level, priority } = task
  const attributes: TaskGraphNodeAttributes = { name }
  if (status) attributes.status = status
  if (scope) attributes.scope = scope
  if (risk) attributes.risk = risk
  if (impact) attributes.impact = impact
  if (level) attributes.level = level
  if (priority) attributes.priority = priority
  return attributes
}

/**
 * The attributes of an edge. Without a retention there is none: each analysis then uses its own default.
 * @throws InvalidInputError unless it is a number from 0 to 1
 */
export function edgeAttributes(qualityRetention: number | undefined): TaskGraphEdgeAttributes {
  if (qualityRetention === undefined) return noAttributes
  if (qualityRetention >= 0 && qualityRetention <= 1) return { qualityRetention }
  const message = `qualityRetention must be a number from 0 to 1, not ${qualityRetention}.`
  throw new InvalidInputError('qualityRetention', message)
}
