import type { TaskInput } from '../schema/task.ts'
import { NodeStore } from './node-store.ts'
import { findCycles } from './snapshot.ts'
import { describeCycle } from '../errors.ts'

/** Something that keeps a list of tasks from being a clean graph. */
export interface TaskListProblem {
  readonly code: 'duplicate-id' | 'self-dependency' | 'unknown-dependency' | 'cycle'
  readonly taskId: string
  /** Position of the task in the list. */
  readonly index: number
  /** `id`, or `dependsOn/N`. */
  readonly field: string
  /** A sentence for the author of the task. */
  readonly message: string
  /** `duplicate-id`: position of the first task with that id. */
  readonly firstIndex?: number
  /** `unknown-dependency`: the unknown id. */
  readonly dependsOn?: string
  /** `cycle`: the ids, each a prerequisite of the next, the last of the first. */
  readonly cycle?: readonly string[]
}

/**
 * Everything that is wrong between the tasks of a list, in the order of the list; never throws. Of tasks
 * with one id the first counts. Cycles come last, each reported at one of its tasks, 100 at most.
 */
export function checkTasks(tasks: readonly TaskInput[]): TaskListProblem[] {
  const problems: TaskListProblem[] = []
  const first = new Map<string, number>()
  const store = new NodeStore()
  for (const [index, { id: taskId, name }] of tasks.entries()) {
    // An empty id is for the schema to refuse; here it only must not stand for a task.
    if (taskId === '') continue
    const firstIndex = first.get(taskId)
    if (firstIndex === undefined) {
      first.set(taskId, index)
      store.addNode(taskId, { name })
    } else {
      const message = `the id "${taskId}" is used twice`
      problems.push({ code: 'duplicate-id', taskId, index, field: 'id', message, firstIndex })
    }
  }
  for (const [index, { id: taskId, dependsOn }] of tasks.entries()) {
    if (first.get(taskId) !== index) continue
    for (const [position, prerequisite] of dependsOn.entries()) {
      const at = { taskId, index, field: `dependsOn/${position}` }
      if (prerequisite === taskId) {
        problems.push({ code: 'self-dependency', ...at, message: 'the task depends on itself' })
      } else if (!first.has(prerequisite)) {
        const message = `there is no task "${prerequisite}"`
        problems.push({ code: 'unknown-dependency', ...at, message, dependsOn: prerequisite })
      } else if (!store.hasEdge(prerequisite, taskId)) {
        store.addEdge(prerequisite, taskId, {})
      }
    }
  }
  const found = findCycles(store.snapshot(), 100)
  for (const cycle of found) {
    // Reported at the dependency that closes the cycle: of its first task on its last.
    const taskId = cycle[0] ?? ''
    const index = first.get(taskId) ?? 0
    const position = tasks[index]?.dependsOn.indexOf(cycle.at(-1) ?? '') ?? -1
    const field = `dependsOn/${position}`
    const message = `the tasks depend on each other in a cycle: ${describeCycle(cycle)}`
    problems.push({ code: 'cycle', taskId, index, field, message, cycle })
  }
  return problems
}
