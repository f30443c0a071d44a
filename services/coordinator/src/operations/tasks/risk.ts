import { serviceSpec } from '@alkdev/contracts'
import type { TasksPlanInput, TasksRiskOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { riskDistribution, riskPath } from '@alkdev/taskgraph'
import type { CoordinatorContext } from '../../context.ts'
import { openPart } from '../../tasks/live-graph.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.risk` */
export function tasksRisk({ runtime: { db }, plans }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.risk'),
    async handler(input: TasksPlanInput, context: OperationContext): Promise<TasksRiskOutput> {
      const project = await projectOfTasks(db, callerOf(context), input.project)
      const live = await plans.of(project.id)
      const graph = openPart(live)
      return { ...riskPath(graph), distribution: riskDistribution(graph) }
    },
  }
}
