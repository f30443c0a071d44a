import { serviceSpec } from '@alkdev/contracts'
import type { TasksPlanInput, TasksWavesOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { parallelGroups } from '@alkdev/taskgraph'
import type { CoordinatorContext } from '../../context.ts'
import { openPart } from '../../tasks/live-graph.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.waves` */
export function tasksWaves({ runtime: { db }, plans }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.waves'),
    async handler(input: TasksPlanInput, context: OperationContext): Promise<TasksWavesOutput> {
      const project = await projectOfTasks(db, callerOf(context), input.project)
      const live = await plans.of(project.id)
      return { waves: parallelGroups(openPart(live)) }
    },
  }
}
