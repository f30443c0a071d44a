import { serviceSpec } from '@alkdev/contracts'
import type { TaskDetail, TaskRef } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { readHolderNames } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { taskDetail } from '../../tasks/task-views.ts'
import { taskOf } from '../../tasks/whose-tasks.ts'

/** `tasks.get` */
export function tasksGet({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.get'),
    async handler(input: TaskRef, context: OperationContext): Promise<TaskDetail> {
      const caller = callerOf(context)
      const { task, claim } = await taskOf(db, caller, input)
      const names = await readHolderNames(db, [task.id], caller.id)
      return taskDetail(task, claim, names.get(task.id))
    },
  }
}
