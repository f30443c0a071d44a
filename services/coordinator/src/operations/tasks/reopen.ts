import { serviceSpec } from '@alkdev/contracts'
import type { TasksReopenInput, TasksReopenOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { reopenTask } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { announceTask } from '../../tasks/task-events.ts'
import { taskRefused } from '../../tasks/task-refusals.ts'
import { taskDetail } from '../../tasks/task-views.ts'
import { taskOf } from '../../tasks/whose-tasks.ts'

/** `tasks.reopen` */
export function tasksReopen({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('tasks.reopen'),
    async handler(input: TasksReopenInput, context: OperationContext): Promise<TasksReopenOutput> {
      const caller = callerOf(context)
      const { task: known, project } = await taskOf(db, caller, input)
      const outcome = await inTransaction(db, (tx) => reopenTask(tx, known.id, input.reason))
      if (!outcome.changed) throw await taskRefused(db, caller, input.task, outcome)
      announceTask(runtime, 'task.changed', project, outcome.task)
      return {
        task: taskDetail(outcome.task, undefined),
        affected: 'affected' in outcome ? [...outcome.affected] : [],
      }
    },
  }
}
