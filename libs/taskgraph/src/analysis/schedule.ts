import { at } from '@alkdev/graph'
import { InvalidInputError, TaskNotFoundError } from '../errors.ts'
import type { TaskGraph } from '../graph/task-graph.ts'
import type { TaskGraphNodeAttributes } from '../schema/graph.ts'
import { assumed, scopeCostEstimate } from './defaults.ts'

export interface ScheduleOptions {
  /** How long a task takes, in any unit. Default: the cost estimate of its scope (1 to 5). */
  readonly duration?: (id: string, attributes: TaskGraphNodeAttributes) => number
  /** Let completed tasks take their time again. Default false: they take none. */
  readonly includeCompleted?: boolean
}

/** When a task can run if all tasks begin as early as possible. All times count from the start of the plan. */
export interface ScheduledTask {
  readonly taskId: string
  readonly name: string
  readonly duration: number
  readonly earliestStart: number
  readonly earliestFinish: number
  /** Starting later than this moves the end of the plan. */
  readonly latestStart: number
  readonly latestFinish: number
  /** By how much it may slip without moving the end of the plan. */
  readonly slack: number
  /** By how much it may slip without moving any other task. */
  readonly freeSlack: number
  readonly critical: boolean
}

export interface Schedule {
  /** In topological order. */
  readonly tasks: readonly ScheduledTask[]
  /** Time from the start to the end of the plan. */
  readonly duration: number
}

/**
 * The critical-path method: earliest and latest times and the slack of each task, with as many hands as
 * there are tasks to do. Linear in tasks and dependencies.
 * @throws CircularDependencyError; InvalidInputError for a duration that is negative or not finite
 */
export function schedule(graph: TaskGraph, options: ScheduleOptions = {}): Schedule {
  return computeSchedule(graph, durationsOf(graph, options))
}

export interface WhatIfResult {
  readonly durationBefore: number
  readonly durationAfter: number
  /** By how much the end of the plan moves; negative when it comes earlier. */
  readonly endSlip: number
  /** The tasks that move, in topological order. */
  readonly moved: readonly {
    readonly taskId: string
    readonly name: string
    /** By how much its earliest start moves. */
    readonly startSlip: number
    /** By how much its earliest finish moves. */
    readonly finishSlip: number
  }[]
}

/**
 * What happens to the plan when tasks take longer, by id and by how much, in the unit of the durations.
 * A negative slip is a gain.
 * @throws TaskNotFoundError, CircularDependencyError; InvalidInputError for a slip that is not finite or
 * takes more from a task than its duration
 */
export function whatIf(
  graph: TaskGraph,
  slips: Readonly<Record<string, number>>,
  options: ScheduleOptions = {},
): WhatIfResult {
  const durations = durationsOf(graph, options)
  const { nodes } = graph.orderedSnapshot()
  const before = computeSchedule(graph, durations)
  const changed = durations.slice()
  const wanted = new Map(Object.entries(slips))
  for (const [index, { id }] of nodes.entries()) {
    const slip = wanted.get(id)
    if (slip === undefined) continue
    wanted.delete(id)
    changed[index] = checkedDuration(at(durations, index) + slip, id)
  }
  for (const id of wanted.keys()) throw new TaskNotFoundError(id)
  const after = computeSchedule(graph, changed)
  const moved: WhatIfResult['moved'][number][] = []
  for (const [index, task] of after.tasks.entries()) {
    const old = at(before.tasks, index)
    const startSlip = task.earliestStart - old.earliestStart
    const finishSlip = task.earliestFinish - old.earliestFinish
    if (Math.abs(startSlip) <= tolerance(before) && Math.abs(finishSlip) <= tolerance(before))
      continue
    moved.push({ taskId: task.taskId, name: task.name, startSlip, finishSlip })
  }
  return {
    durationBefore: before.duration,
    durationAfter: after.duration,
    endSlip: after.duration - before.duration,
    moved,
  }
}

/** By node index. */
function durationsOf(graph: TaskGraph, options: ScheduleOptions): Float64Array {
  const {
    duration = (_id, { scope = assumed.scope }) => scopeCostEstimate(scope),
    includeCompleted = false,
  } = options
  return Float64Array.from(graph.snapshot().nodes, ({ id, attributes }) =>
    !includeCompleted && attributes.status === 'completed'
      ? 0
      : checkedDuration(duration(id, attributes), id),
  )
}

function computeSchedule(graph: TaskGraph, durations: Float64Array): Schedule {
  const { nodes, order, ...edges } = graph.orderedSnapshot()
  const { prerequisites, prerequisitesFrom, dependents, dependentsFrom } = edges
  const starts = new Float64Array(nodes.length)
  let end = 0
  for (const node of order) {
    let start = 0
    const last = at(prerequisitesFrom, node + 1)
    for (let edge = at(prerequisitesFrom, node); edge < last; edge += 1) {
      const source = at(prerequisites, edge)
      start = Math.max(start, at(starts, source) + at(durations, source))
    }
    starts[node] = start
    end = Math.max(end, start + at(durations, node))
  }
  const latest = new Float64Array(nodes.length)
  const nextStart = new Float64Array(nodes.length)
  for (const node of order.toReversed()) {
    let finish = end
    let next = end
    const last = at(dependentsFrom, node + 1)
    for (let edge = at(dependentsFrom, node); edge < last; edge += 1) {
      const target = at(dependents, edge)
      finish = Math.min(finish, at(latest, target))
      next = Math.min(next, at(starts, target))
    }
    latest[node] = finish - at(durations, node)
    nextStart[node] = next
  }
  const tasks = Array.from(order, (node): ScheduledTask => {
    const { id, attributes } = at(nodes, node)
    const duration = at(durations, node)
    const earliestStart = at(starts, node)
    const slack = nonNegative(at(latest, node) - earliestStart, end)
    return {
      taskId: id,
      name: attributes.name,
      duration,
      earliestStart,
      earliestFinish: earliestStart + duration,
      latestStart: at(latest, node),
      latestFinish: at(latest, node) + duration,
      slack,
      freeSlack: nonNegative(at(nextStart, node) - earliestStart - duration, end),
      critical: slack === 0,
    }
  })
  return { tasks, duration: end }
}

function tolerance({ duration }: Schedule): number {
  return 1e-9 * Math.max(1, duration)
}

/** Sums of fractions differ in their last digits; what is that close to 0 is 0. */
function nonNegative(value: number, end: number): number {
  return value <= 1e-9 * Math.max(1, end) ? 0 : value
}

function checkedDuration(duration: number, id: string): number {
  if (Number.isFinite(duration) && duration >= 0) return duration
  const message = `The duration of "${id}" must be a number from 0, not ${duration}.`
  throw new InvalidInputError('duration', message)
}
