import { Value } from '@alkdev/typebox/value'
import { TaskGraphEdgeAttributes, TaskGraphNodeAttributes } from '../schema/graph.ts'
import { findCycles } from './snapshot.ts'
import type { NodeStore } from './node-store.ts'

/** Attributes of a task that do not fit their schema. */
export interface ValidationError {
  readonly type: 'schema'
  readonly taskId?: string
  readonly field: string
  readonly message: string
  readonly value?: unknown
}

/** Something wrong with the graph as a whole. All cycles come in one entry, their list in `details`. */
export interface GraphValidationError {
  readonly type: 'graph'
  readonly category: 'cycle' | 'dangling-reference'
  readonly taskId?: string
  readonly message: string
  readonly details?: unknown
}

export type AnyValidationError = ValidationError | GraphValidationError

/** One entry for each attribute that does not fit, on tasks and on dependencies. */
export function validateSchema(store: NodeStore): ValidationError[] {
  const found: ValidationError[] = []
  const note = (
    taskId: string,
    prefix: string,
    error: { path: string; message: string; value: unknown },
  ) => {
    const field = `${prefix}${error.path.replace(/^\//, '')}` || '(root)'
    found.push({ type: 'schema', taskId, field, message: error.message, value: error.value })
  }
  for (const { id, attributes, incoming } of store.nodes()) {
    if (!Value.Check(TaskGraphNodeAttributes, attributes)) {
      for (const error of Value.Errors(TaskGraphNodeAttributes, attributes)) note(id, '', error)
    }
    for (const edge of incoming) {
      if (Value.Check(TaskGraphEdgeAttributes, edge.attributes)) continue
      for (const error of Value.Errors(TaskGraphEdgeAttributes, edge.attributes)) {
        note(id, `dependsOn/${edge.source.id}/`, error)
      }
    }
  }
  return found
}

/** Cycles, and dependencies on tasks that were not added. */
export function validateGraph(store: NodeStore, cycleLimit: number): GraphValidationError[] {
  const found: GraphValidationError[] = []
  const cycles = findCycles(store.snapshot(), cycleLimit)
  if (cycles.length > 0) {
    const message = `the tasks depend on each other in ${cycles.length === 1 ? 'a cycle' : `${cycles.length} cycles`}`
    found.push({ type: 'graph', category: 'cycle', message, details: cycles })
  }
  for (const { taskId, dependsOn } of unresolvedDependencies(store)) {
    const message = `the task "${taskId}" depends on "${dependsOn}", which does not exist`
    const details = { dependsOn }
    found.push({ type: 'graph', category: 'dangling-reference', taskId, message, details })
  }
  return found
}

/** A dependency on a task that is only known by its id. */
export interface UnresolvedDependency {
  readonly taskId: string
  readonly dependsOn: string
}

export function unresolvedDependencies(store: NodeStore): UnresolvedDependency[] {
  const found: UnresolvedDependency[] = []
  for (const node of store.nodes()) {
    if (!node.unresolved) continue
    for (const edge of node.outgoing) found.push({ taskId: edge.target.id, dependsOn: node.id })
  }
  return found
}
