import { TaskGraph } from '../graph/task-graph.ts'
import { TaskNotFoundError } from '../errors.ts'
import type { TaskInput } from '../schema/task.ts'

/** What a sub-command gives: data for programs, text for people. The text has no line end at its end. */
export interface CommandResult<T> {
  readonly data: T
  readonly text: string
}

/** Of tasks with one id the first. */
export function uniqueTasks(tasks: readonly TaskInput[]): TaskInput[] {
  const seen = new Set<string>()
  return tasks.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** The graph that the sub-commands look at: tolerant, since `validate` is there to tell what is wrong. */
export function graphOf(tasks: readonly TaskInput[]): TaskGraph {
  return TaskGraph.fromTasks(uniqueTasks(tasks), { unresolved: 'ignore', selfDependency: 'ignore' })
}

/** @throws TaskNotFoundError */
export function findTask(tasks: readonly TaskInput[], id: string): TaskInput {
  const task = tasks.find((one) => one.id === id)
  if (task === undefined) throw new TaskNotFoundError(id)
  return task
}

/** Id and name of a task, as most commands give it. */
export interface TaskName {
  readonly id: string
  readonly name: string
}

export function nameOf(graph: TaskGraph, id: string): TaskName {
  return { id, name: graph.getTask(id)?.name ?? id }
}

/** `1 task`, `2 tasks`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
