import { serviceSpec } from '@alkdev/contracts'
import type { TasksWhatIfInput, TasksWhatIfOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { whatIf } from '@alkdev/taskgraph'
import type { CoordinatorContext } from '../../context.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.whatIf` */
export function tasksWhatIf({ runtime: { db }, plans }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.whatIf'),
    async handler(input: TasksWhatIfInput, context: OperationContext): Promise<TasksWhatIfOutput> {
      const project = await projectOfTasks(db, callerOf(context), input.project)
      const live = await plans.of(project.id)
      const { moved, durationBefore, durationAfter, endSlip } = whatIf(live.graph, input.slips)
      return {
        durationBefore,
        durationAfter,
        endSlip,
        moved: moved.slice(0, MAX_MOVED).map(({ taskId, startSlip, finishSlip }) => ({
          slug: taskId,
          startSlip,
          finishSlip,
        })),
      }
    },
  }
}

const MAX_MOVED = 1000
