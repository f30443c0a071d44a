import type { TaskGraph } from '../graph/task-graph.ts'
import type { TaskGraphNodeAttributes } from '../schema/graph.ts'
import type { DecomposeResult } from '../schema/results.ts'
import { resolveDefaults } from './defaults.ts'

const assessed = ['scope', 'risk', 'impact', 'level'] as const

/**
 * Whether a task should be split: its risk is high or critical, or its scope broad or system. What is
 * missing never makes it so, but is listed: an unassessed task is not a small one.
 * @throws InvalidInputError for an unknown value
 */
export function shouldDecomposeTask(
  attributes: Partial<TaskGraphNodeAttributes> & { name: string },
): DecomposeResult {
  const { risk, scope, riskWeight, costEstimate } = resolveDefaults(attributes)
  const reasons: string[] = []
  if (risk === 'high' || risk === 'critical') {
    reasons.push(`risk is ${risk} (failure probability ${riskWeight.toFixed(2)})`)
  }
  if (scope === 'broad' || scope === 'system') {
    reasons.push(`scope is ${scope} (cost estimate ${costEstimate.toFixed(1)})`)
  }
  const unassessed = assessed.filter((field) => attributes[field] === undefined)
  return { shouldDecompose: reasons.length > 0, reasons, unassessed }
}

export interface DecomposeAdvice extends DecomposeResult {
  readonly taskId: string
  readonly name: string
}

/** The tasks, not yet completed, that should be split or whose author has left something open. */
export function decomposeAdvice(graph: TaskGraph): DecomposeAdvice[] {
  const advice: DecomposeAdvice[] = []
  for (const { id, attributes, unresolved } of graph.snapshot().nodes) {
    if (unresolved || attributes.status === 'completed') continue
    const result = shouldDecomposeTask(attributes)
    if (!result.shouldDecompose && result.unassessed.length === 0) continue
    advice.push({ taskId: id, name: attributes.name, ...result })
  }
  return advice
}
