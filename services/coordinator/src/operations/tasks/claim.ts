import { serviceSpec } from '@alkdev/contracts'
import { DEFAULT_TASK_CLAIM_MS } from '@alkdev/contracts/agents'
import type { TasksClaimInput, TasksClaimOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { claimTask } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { announceTask } from '../../tasks/task-events.ts'
import { taskRefused } from '../../tasks/task-refusals.ts'
import { claimView, taskDetail } from '../../tasks/task-views.ts'
import { holderOf, taskOf } from '../../tasks/whose-tasks.ts'

/** `tasks.claim` */
export function tasksClaim({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('tasks.claim'),
    async handler(input: TasksClaimInput, context: OperationContext): Promise<TasksClaimOutput> {
      const caller = callerOf(context)
      const { task: known, project } = await taskOf(db, caller, input)
      const outcome = await inTransaction(db, (tx) =>
        claimTask(tx, {
          taskId: known.id,
          holder: holderOf(caller),
          expiresInMs: input.expiresInMs ?? DEFAULT_TASK_CLAIM_MS,
        }),
      )
      if (!outcome.claimed) throw await taskRefused(db, caller, input.task, outcome)
      const { task, claim, renewed } = outcome
      if (!renewed) announceTask(runtime, 'task.claimed', project, task)
      return { task: taskDetail(task, claim), claim: must(claimView(claim)), renewed }
    },
  }
}
