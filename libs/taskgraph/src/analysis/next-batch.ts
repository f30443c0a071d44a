import type { TaskGraph } from '../graph/task-graph.ts'
import { ComparisonSteps } from '../touches/comparison-steps.ts'
import type { Touches, TouchesOverlap } from '../touches/touches.ts'
import { assumed, riskWeight } from './defaults.ts'
import { nextTasks } from './next-tasks.ts'
import type { ReadyTask } from './next-tasks.ts'

export interface NextBatchOptions {
  /** The files that a task may change, by id. Undefined: not stated, which overlaps with nothing. */
  readonly touchesOf: (taskId: string) => Touches | undefined
  /** Tasks chosen at most. Default 10. */
  readonly limit?: number
  /** Postponed tasks reported at most. Default 10. */
  readonly postponedLimit?: number
  /** For the comparisons of `touches`. */
  readonly steps?: ComparisonSteps
}

/** A ready task that has to wait because it may change the same files as another. */
export interface PostponedTask {
  readonly taskId: string
  /** The task that is in progress, or stands before it in the batch. */
  readonly waitsFor: string
  readonly overlap: TouchesOverlap
}

export interface NextBatch {
  /** Ready tasks that can be worked on at the same time, best first. */
  readonly ready: readonly ReadyTask[]
  /** Ready tasks that would stand between those chosen. */
  readonly postponed: readonly PostponedTask[]
  /** Ready tasks in all, chosen or not. */
  readonly readyCount: number
  /** Pending tasks with a prerequisite that is not completed. */
  readonly waitingCount: number
}

/**
 * Chooses tasks to begin now. Order: the longest remaining chain (critical path), then the highest risk, then priority, then
 * id. A task whose `touches` overlap those of a task in progress, or of one chosen before it, is postponed. Where the steps are used up the batch ends.
 */
export function nextBatch(graph: TaskGraph, options: NextBatchOptions): NextBatch {
  const { touchesOf, limit = 10, postponedLimit = 10, steps = new ComparisonSteps() } = options
  const { ready, waiting } = nextTasks(graph)
  const chosen: ReadyTask[] = []
  const postponed: PostponedTask[] = []
  const busy: { taskId: string; touches: Touches }[] = []
  const occupy = (taskId: string) => {
    const touches = touchesOf(taskId)
    if (touches !== undefined) busy.push({ taskId, touches })
  }
  for (const { id, attributes } of graph.snapshot().nodes)
    if (attributes.status === 'in-progress') occupy(id)
  for (const task of ready.toSorted(byUrgency)) {
    if (chosen.length >= limit) break
    const found = firstOverlap(touchesOf(task.taskId), busy, steps)
    if (found === 'undecided') break
    if (found === undefined) {
      chosen.push(task)
      occupy(task.taskId)
    } else if (postponed.length < postponedLimit) postponed.push({ taskId: task.taskId, ...found })
  }
  return { ready: chosen, postponed, readyCount: ready.length, waitingCount: waiting.length }
}

const urgency = { low: 0, medium: 1, high: 2, critical: 3 } as const

function byUrgency(a: ReadyTask, b: ReadyTask): number {
  return (
    b.remaining - a.remaining ||
    riskWeight(b.risk ?? assumed.risk) - riskWeight(a.risk ?? assumed.risk) ||
    urgency[b.priority ?? 'medium'] - urgency[a.priority ?? 'medium'] ||
    (a.taskId < b.taskId ? -1 : 1)
  )
}

function firstOverlap(
  touches: Touches | undefined,
  busy: readonly { readonly taskId: string; readonly touches: Touches }[],
  steps: ComparisonSteps,
): Omit<PostponedTask, 'taskId'> | 'undecided' | undefined {
  if (touches === undefined) return undefined
  for (const other of busy) {
    const overlap = touches.compare(other.touches, steps)
    if (overlap === 'undecided') return overlap
    if (overlap !== undefined) return { waitsFor: other.taskId, overlap }
  }
  return undefined
}
