import { serviceSpec } from '@alkdev/contracts'
import type { TasksUpdateStatusInput, TasksUpdateStatusOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { validationError } from '@alkdev/operations'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { endTask, setOpenStatus } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { announceReady, announceTask } from '../../tasks/task-events.ts'
import { taskRefused } from '../../tasks/task-refusals.ts'
import { taskDetail } from '../../tasks/task-views.ts'
import { holderOf, taskOf } from '../../tasks/whose-tasks.ts'

/** `tasks.updateStatus` */
export function tasksUpdateStatus({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, logger } = runtime
  return {
    ...serviceSpec('tasks.updateStatus'),
    async handler(
      input: TasksUpdateStatusInput,
      context: OperationContext,
    ): Promise<TasksUpdateStatusOutput> {
      const caller = callerOf(context)
      const { task: known, project } = await taskOf(db, caller, input)
      const outcome = await inTransaction(db, (tx) => change(tx, caller, known.id, input))
      if (!outcome.changed) throw await taskRefused(db, caller, input.task, outcome)
      announceTask(runtime, 'task.changed', project, outcome.task)
      // The change is stored: what fails here is announced by the job.
      if (outcome.ready.length > 0)
        await announceReady(runtime).catch((error: unknown) => {
          logger.warn({ err: error }, 'tasks that became ready were not announced')
        })
      return {
        task: taskDetail(outcome.task, undefined),
        ready: outcome.ready.map(({ slug }) => slug),
      }
    },
  }
}

function change(
  tx: Db,
  caller: Identity,
  taskId: string,
  { status, token, reason, result }: TasksUpdateStatusInput,
) {
  if (status === 'pending' || (status === 'blocked' && token === undefined))
    return setOpenStatus(tx, { taskId, status, ...compact({ reason }) })
  if (token === undefined)
    throw validationError('The input', [
      { path: '/token', message: 'is required: `tasks.claim` gives it' },
    ])
  return endTask(tx, {
    taskId,
    status,
    proof: { holder: holderOf(caller), token },
    // An account may have run the checks by hand, and says so.
    requireChecks: caller.sessionId !== undefined || result === undefined,
    ...compact({ reason }),
    ...(result !== undefined && { result: { text: result } }),
  })
}
