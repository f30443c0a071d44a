import { at } from '@alkdev/graph'
import type { TaskGraph } from '../graph/task-graph.ts'
import type { TaskPriority, TaskRisk } from '../schema/enums.ts'
import { assumed, scopeCostEstimate } from './defaults.ts'

/** A task that can be begun now. */
export interface ReadyTask {
  readonly taskId: string
  readonly name: string
  readonly priority: TaskPriority | null
  readonly risk: TaskRisk | null
  /** Cost estimate of the longest chain that begins with it. */
  readonly remaining: number
  /** Tasks that wait for it directly. */
  readonly unblocks: number
}

/** A task that is pending and can't be begun. */
export interface WaitingTask {
  readonly taskId: string
  readonly name: string
  /** Prerequisites that are not completed. */
  readonly waitsFor: readonly string[]
}

export interface NextTasks {
  /** Best first: by priority (none counts as medium), then by the longest chain behind it. */
  readonly ready: readonly ReadyTask[]
  /** In the order of the graph. */
  readonly waiting: readonly WaitingTask[]
}

const urgency = { low: 0, medium: 1, high: 2, critical: 3 } as const

/**
 * What can be begun: pending tasks (or without a status) whose prerequisites are all completed. Tasks in a
 * cycle wait for each other. Linear in tasks and dependencies.
 */
export function nextTasks(graph: TaskGraph): NextTasks {
  const { nodes, order, dependents, dependentsFrom } = graph.snapshot()
  const remaining = new Float64Array(nodes.length)
  for (const node of order.toReversed()) {
    let longest = 0
    const end = at(dependentsFrom, node + 1)
    for (let edge = at(dependentsFrom, node); edge < end; edge += 1) {
      longest = Math.max(longest, at(remaining, at(dependents, edge)))
    }
    const { status, scope = assumed.scope } = at(nodes, node).attributes
    remaining[node] = longest + (status === 'completed' ? 0 : scopeCostEstimate(scope))
  }
  const ready: ReadyTask[] = []
  const waiting: WaitingTask[] = []
  for (const [index, { id, attributes, incoming, outgoing, unresolved }] of nodes.entries()) {
    const { name, status = 'pending', priority = null, risk = null } = attributes
    if (unresolved || status !== 'pending') continue
    const waitsFor = incoming
      .filter(({ source }) => source.attributes.status !== 'completed')
      .map(({ source }) => source.id)
    if (waitsFor.length > 0) waiting.push({ taskId: id, name, waitsFor })
    else {
      const unblocks = outgoing.length
      ready.push({ taskId: id, name, priority, risk, remaining: at(remaining, index), unblocks })
    }
  }
  ready.sort(
    (a, b) =>
      urgency[b.priority ?? 'medium'] - urgency[a.priority ?? 'medium'] ||
      b.remaining - a.remaining,
  )
  return { ready, waiting }
}
