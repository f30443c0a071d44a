import { serviceSpec } from '@alkdev/contracts'
import type { TasksCriticalInput, TasksCriticalOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { scopeCostEstimate, weightedCriticalPath } from '@alkdev/taskgraph'
import type { TaskWeight } from '@alkdev/taskgraph'
import type { PlannedTask } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { openPart } from '../../tasks/live-graph.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.critical` */
export function tasksCritical({
  runtime: { db },
  plans,
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.critical'),
    async handler(
      input: TasksCriticalInput,
      context: OperationContext,
    ): Promise<TasksCriticalOutput> {
      const project = await projectOfTasks(db, callerOf(context), input.project)
      const live = await plans.of(project.id)
      const weight = weightOf(live.tasks, input.weight ?? 'cost')
      const graph = openPart(live)
      const path = weightedCriticalPath(graph, weight)
      const weights = path.map((slug) => weight(slug, graph.getTask(slug) ?? { name: slug }))
      return { path, weight: weights.reduce((sum, one) => sum + one, 0) }
    },
  }
}

function weightOf(
  tasks: readonly PlannedTask[],
  kind: NonNullable<TasksCriticalInput['weight']>,
): TaskWeight {
  if (kind === 'tasks') return () => 1
  if (kind === 'cost') return (_slug, { scope = 'narrow' }) => scopeCostEstimate(scope)
  const hours = new Map(tasks.map(({ slug, estimate }) => [slug, estimate ?? 0]))
  return (slug) => hours.get(slug) ?? 0
}
