import { decomposeAdvice } from '../analysis/decompose.ts'
import type { DecomposeAdvice } from '../analysis/decompose.ts'
import { riskDistribution } from '../analysis/risk.ts'
import { textTable } from '../render/plain-text.ts'
import type { RiskDistributionResult } from '../schema/results.ts'
import type { TaskInput } from '../schema/task.ts'
import { graphOf } from './command.ts'
import type { CommandResult } from './command.ts'

/** How many tasks there are of each risk, and which. */
export function risk(tasks: readonly TaskInput[]): CommandResult<RiskDistributionResult> {
  const graph = graphOf(tasks)
  const data = riskDistribution(graph)
  const all = graph.taskCount()
  const columns = [
    { title: 'risk' },
    { title: 'tasks', align: 'right' },
    { title: 'share', align: 'right' },
    { title: 'ids' },
  ] as const
  const rows = Object.entries(data).map(([level, ids]) => {
    const share = all === 0 ? '0 %' : `${Math.round((100 * ids.length) / all)} %`
    return [level, ids.length, share, ids.join(', ')]
  })
  return { data, text: textTable(columns, rows) }
}

/** The tasks that should be split, and those that their author has not assessed. */
export function decompose(tasks: readonly TaskInput[]): CommandResult<readonly DecomposeAdvice[]> {
  const data = decomposeAdvice(graphOf(tasks))
  const columns = [{ title: 'id' }, { title: 'advice' }, { title: 'why', maxWidth: 100 }]
  const rows = data.map(({ taskId, shouldDecompose, reasons, unassessed }) => [
    taskId,
    shouldDecompose ? 'split' : 'assess',
    [...reasons, ...(unassessed.length > 0 ? [`not assessed: ${unassessed.join(', ')}`] : [])].join(
      '; ',
    ),
  ])
  return { data, text: data.length === 0 ? 'Nothing to split.' : textTable(columns, rows) }
}
