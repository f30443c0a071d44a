import { CircularDependencyError, schedule, TaskGraph, Touches } from '@alkdev/taskgraph'
import type { DependencyEdge, TaskInput } from '@alkdev/taskgraph'
import type { LivePlan, PlannedTask } from '@alkdev/storage/tasks'

/** The tasks of a project as a graph with their status at run time. */
export interface LiveGraph {
  /** All tasks; a dependency on a task that does not exist is left out. */
  readonly graph: TaskGraph
  readonly tasks: readonly PlannedTask[]
  readonly edges: readonly DependencyEdge[]
  readonly unresolved: readonly { readonly from: string; readonly to: string }[]
}

/** A graph of its own, which the caller may change. */
export function liveGraphOf({ tasks, edges, unresolved }: LivePlan): LiveGraph {
  const graph = TaskGraph.fromRecords(tasks.map(inputOf), [...edges])
  return { graph, tasks, edges, unresolved }
}

/** The graph of the tasks that are not completed. */
export function openPart({ graph }: LiveGraph): TaskGraph {
  return graph.subgraph((_id, { status }) => status !== 'completed')
}

/** By how much each open task may take longer without moving the end of the plan, in units of its cost; nothing in a plan with a cycle. */
export function slackOf(live: LiveGraph): ReadonlyMap<string, number> {
  try {
    return new Map(schedule(openPart(live)).tasks.map(({ taskId, slack }) => [taskId, slack]))
  } catch (error) {
    if (error instanceof CircularDependencyError) return new Map()
    throw error
  }
}

/** The graph with a node for each dependency that does not exist, so that nothing that waits for one is ready. */
export function withUnresolved({ graph, unresolved }: LiveGraph): TaskGraph {
  for (const { from, to } of unresolved) {
    if (graph.getTask(from) === undefined) graph.addTask(from, { name: from, status: 'blocked' })
    graph.addDependency(from, to)
  }
  return graph
}

/** Globs by slug, which were checked before they were stored. */
export function touchesByTask(
  tasks: readonly PlannedTask[],
): (slug: string) => Touches | undefined {
  const globs = new Map(tasks.map(({ slug, touches }) => [slug, touches]))
  const compiled = new Map<string, Touches>()
  return (slug) => {
    const own = globs.get(slug)
    if (own === undefined) return undefined
    const known = compiled.get(slug) ?? new Touches(own, { areChecked: true })
    compiled.set(slug, known)
    return known
  }
}

function inputOf({ id: _id, slug, touches: _touches, ...task }: PlannedTask): TaskInput {
  return { ...task, id: slug, dependsOn: [] }
}
