import { serviceSpec } from '@alkdev/contracts'
import type { TasksCostInput, TasksCostOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { workflowCost } from '@alkdev/taskgraph'
import type { CoordinatorContext } from '../../context.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.cost` */
export function tasksCost({ runtime: { db }, plans }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.cost'),
    async handler(input: TasksCostInput, context: OperationContext): Promise<TasksCostOutput> {
      const project = await projectOfTasks(db, callerOf(context), input.project)
      const live = await plans.of(project.id)
      const cost = workflowCost(live.graph, {
        limit: input.limit ?? 50,
        ...(input.independent === true && { propagationMode: 'independent' }),
      })
      return {
        tasks: cost.tasks.map(({ taskId, ev, pEffective }) => ({
          slug: taskId,
          cost: ev,
          probability: pEffective,
        })),
        totalCost: cost.totalEv,
        taskCount: cost.taskCount,
      }
    },
  }
}
