import { serviceSpec } from '@alkdev/contracts'
import type { TasksNextInput, TasksNextOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { nextBatch } from '@alkdev/taskgraph'
import type { CoordinatorContext } from '../../context.ts'
import { touchesByTask, withUnresolved } from '../../tasks/live-graph.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.next` */
export function tasksNext({ runtime: { db }, plans }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.next'),
    async handler(
      { project: slug, limit }: TasksNextInput,
      context: OperationContext,
    ): Promise<TasksNextOutput> {
      const project = await projectOfTasks(db, callerOf(context), slug)
      const live = await plans.of(project.id)
      const batch = nextBatch(withUnresolved(live), {
        touchesOf: touchesByTask(live.tasks),
        ...compact({ limit }),
      })
      return {
        ready: batch.ready.map(({ taskId, name, risk, priority, remaining, unblocks }) => ({
          slug: taskId,
          name,
          remaining,
          unblocks,
          ...compact({ risk: risk ?? undefined, priority: priority ?? undefined }),
        })),
        postponed: batch.postponed.map(({ taskId, waitsFor, overlap }) => ({
          slug: taskId,
          waitsFor,
          path: overlap.path,
        })),
        readyCount: batch.readyCount,
        waitingCount: batch.waitingCount,
      }
    },
  }
}
