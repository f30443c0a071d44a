import type { ServiceRuntime } from '@alkdev/service'
import { getProject } from '@alkdev/storage'
import type { ProjectRow } from '@alkdev/storage'
import { takeWakeups } from '@alkdev/storage/tasks'
import type { TaskRow } from '@alkdev/storage/tasks'

type Runtime = ServiceRuntime<'coordinator'>
type Owner = Pick<ProjectRow, 'id' | 'ownerId' | 'orgId'>

/** Announces a change of a task on the event stream, after its transaction. */
export function announceTask(
  { bus }: Runtime,
  type: 'task.claimed' | 'task.released' | 'task.changed',
  { id: projectId, ownerId, orgId }: Owner,
  { id: taskId, slug, status }: Pick<TaskRow, 'id' | 'slug' | 'status'>,
): void {
  bus.emit(type, taskId, {
    ownerId,
    ...(orgId !== null && { orgId }),
    projectId,
    slug,
    status,
  })
}

/** The same for tasks of which only the row is known. */
export async function announceReleased(runtime: Runtime, tasks: readonly TaskRow[]): Promise<void> {
  for (const task of tasks) {
    // oxlint-disable-next-line no-await-in-loop -- few tasks
    const project = await getProject(runtime.db, task.projectId)
    if (project !== undefined) announceTask(runtime, 'task.released', project, task)
  }
}

/**
 * Announces the tasks that completions made ready, each wake-up once. Every coordinator does it after a completion and every few seconds: that
 * of a process that was killed before is announced by another.
 */
export async function announceReady({ db, bus }: Runtime): Promise<void> {
  const wakeups = await takeWakeups(db)
  const projects = new Map<string, Owner | undefined>()
  for (const { projectId, taskId, slug, completedSlug } of wakeups) {
    // oxlint-disable-next-line no-await-in-loop -- one project, most of the time
    if (!projects.has(projectId)) projects.set(projectId, await getProject(db, projectId))
    const project = projects.get(projectId)
    if (project === undefined) continue
    const { ownerId, orgId } = project
    bus.emit('task.ready', taskId, {
      ownerId,
      ...(orgId !== null && { orgId }),
      projectId,
      slug,
      completed: completedSlug,
    })
  }
}
