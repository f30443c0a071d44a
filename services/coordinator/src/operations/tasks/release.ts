import { serviceSpec } from '@alkdev/contracts'
import type { TaskDetail, TasksReleaseInput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { isSessionAbove } from '@alkdev/storage/sessions'
import { releaseTask } from '@alkdev/storage/tasks'
import type { TaskClaimRow } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { announceTask } from '../../tasks/task-events.ts'
import { taskRefused } from '../../tasks/task-refusals.ts'
import { taskDetail } from '../../tasks/task-views.ts'
import { holderOf, taskOf } from '../../tasks/whose-tasks.ts'

/** `tasks.release` */
export function tasksRelease({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('tasks.release'),
    async handler(input: TasksReleaseInput, context: OperationContext): Promise<TaskDetail> {
      const caller = callerOf(context)
      const { task: known, claim, project } = await taskOf(db, caller, input)
      const { token, reason = 'It was released.', evidence } = input
      if (token === undefined) await refuseForeignSessions(db, caller, claim)
      const outcome = await inTransaction(db, (tx) =>
        releaseTask(tx, {
          taskId: known.id,
          reason,
          ...(token !== undefined && { proof: { holder: holderOf(caller), token } }),
          ...compact({ evidence }),
        }),
      )
      if (!outcome.changed) throw await taskRefused(db, caller, input.task, outcome)
      announceTask(runtime, 'task.released', project, outcome.task)
      return taskDetail(outcome.task, undefined)
    },
  }
}

/** A session takes away only claims of sessions below it. Throws ACCESS_DENIED. */
async function refuseForeignSessions(
  db: Db,
  { sessionId }: Identity,
  claim: TaskClaimRow | undefined,
): Promise<void> {
  if (sessionId === undefined) return
  const holder = claim?.sessionId
  if (holder != null && (await isSessionAbove(db, sessionId, holder))) return
  throw new CallError(
    'ACCESS_DENIED',
    'A session releases its own claim with the token, or that of a session below it.',
    { sessionId },
  )
}
