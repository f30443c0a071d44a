import { workflowCost } from '../analysis/workflow-cost.ts'
import { decimals, textTable } from '../render/plain-text.ts'
import type { WorkflowCostOptions, WorkflowCostResult } from '../schema/results.ts'
import type { TaskInput } from '../schema/task.ts'
import { graphOf, plural } from './command.ts'
import type { CommandResult } from './command.ts'

/**
 * The expected cost of all tasks, the most expensive first, 15 of them unless `limit` says otherwise.
 * Total and average are over all. @throws CircularDependencyError, InvalidInputError
 */
export function cost(
  tasks: readonly TaskInput[],
  options: WorkflowCostOptions = {},
): CommandResult<WorkflowCostResult> {
  const data = workflowCost(graphOf(tasks), { limit: 15, sortBy: 'cost', ...options })
  if (data.taskCount === 0) return { data, text: 'No tasks that cost anything.' }
  const columns = [
    { title: 'cost', align: 'right' },
    { title: 'p', align: 'right' },
    { title: 'p here', align: 'right' },
    { title: 'scope', align: 'right' },
    { title: 'impact', align: 'right' },
    { title: 'id' },
    { title: 'name' },
  ] as const
  const rows = data.tasks.map((task) => [
    task.ev.toFixed(2),
    task.pIntrinsic.toFixed(2),
    task.pEffective.toFixed(2),
    decimals(task.scopeCost),
    decimals(task.impactWeight),
    task.taskId,
    task.name,
  ])
  const hidden = data.taskCount - data.tasks.length
  const more = hidden > 0 ? `${hidden} more\n` : ''
  const total = `${data.totalEv.toFixed(2)} for ${plural(data.taskCount, 'task')}`
  return {
    data,
    text: `${textTable(columns, rows)}\n${more}${total}, ${data.averageEv.toFixed(2)} on average`,
  }
}
